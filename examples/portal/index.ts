import { addSite } from "./portal";

/** npx tsx index.ts NAME ADDRESS ROUTER, with the colo's stack in PROVIDER. */
const [name = "", address = "", router = ""] = process.argv.slice(2);

addSite({ name, address, router: JSON.parse(router) as never }).then(
  (addresses) => {
    process.stdout.write(`${name} has ${addresses.join(", ")}\n`);
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
