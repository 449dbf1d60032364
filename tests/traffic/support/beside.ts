import type { Lab } from "../../../lab/lab";
import { poll } from "../../../lab/poll";
import { diffStates, readState, type HostState } from "../../../lab/state";
import { freshLab } from "../../e2e/support/lab";
import { sampleOf } from "../../e2e/support/random";
import { type Neighbour, withoutOurs } from "./neighbours";
import { extruded, siteUp, tunnelsUp } from "../../e2e/support/site";
import type { TestStack } from "../../e2e/support/stack";

const hosts = ["colo", "router"] as const;
type HostName = (typeof hosts)[number];

/** How many of a company are restarted where no sweep was asked for. All are there, and none may be harmed. */
const sampled = 2;

/** Tests with neighbours that can live together on two hosts. */
export function beside(company: readonly Neighbour[]): void {
  describe(`Beside ${company.map(({ name }) => name).join(", ")}:`, () => {
    let lab: Lab;
    let stack: TestStack;
    let theirs: Record<HostName, HostState>;

    const look = async (): Promise<Record<HostName, HostState>> => {
      const [colo, router] = await Promise.all(hosts.map((name) => readState(lab.host(name))));
      if (colo === undefined || router === undefined) throw new Error("There are two hosts.");
      return { colo, router };
    };

    /** What was configured before extrude came is as it was; restarted programs take a moment to get there. */
    const unharmed = (): Promise<void> =>
      poll(
        "the neighbours' configuration to be as it was",
        async () => {
          const now = await look();
          const differences = hosts.flatMap((name) => diffStates(theirs[name], withoutOurs(now[name])));
          if (differences.length > 0) throw new Error(differences.join("; "));
          return true;
        },
        { deadlineMs: 60_000 },
      ).then(() => undefined);

    beforeAll(async () => {
      lab = await freshLab();
      for (const { name, host, setUp } of company) {
        const { stderr } = await lab.host(host).exec(`set -e\n${setUp}`, { timeoutMs: 120_000 });
        process.stderr.write(`${name} is set up. ${stderr}\n`);
      }
      const { colo, router } = await look();
      theirs = { colo: withoutOurs(colo), router: withoutOurs(router) };
      stack = await siteUp(lab);
    });

    afterAll(async () => {
      stack.dispose();
      await lab.detach();
    });

    test("none gains or loses a byte when extrude comes", unharmed);

    test.each(sampleOf(company, sampled).map((neighbour) => [neighbour.name, neighbour] as const))(
      "%s: its restart leaves extrude working, and itself as it was",
      async (name, { host, restart }) => {
        const options = { from: "internet", to: extruded, protocol: "udp", flows: 8, rate: 100 } as const;
        const probe = await lab.probe({ ...options, echoAt: "router" });
        await poll("the probe to get answers", () => probe.news.received > 50);
        const { stdout } = await lab.host(host).exec(restart, { timeoutMs: 120_000 });
        expect(stdout).not.toContain("a tunnel is down");
        await tunnelsUp(lab, 2, 20_000);
        const { received } = probe.news;
        await poll("the probe to get more answers", () => probe.news.received > received + 100);
        const { lost, longestGapMs } = await probe.stop();
        process.stderr.write(`${name}: ${lost} lost, longest gap ${(longestGapMs / 1000).toFixed(2)} s\n`);
        await poll("nothing of extrude's to be missing", async () => {
          const { code, stdout: missing } = await lab.host(host).exec("extrudectl drift", { allowFailure: true });
          if (code !== 0) throw new Error(missing);
          return true;
        });
        await unharmed();
      },
    );

    test("doctor finds nothing", async () => {
      const { stdout } = await stack.extrude("doctor");
      expect(stdout).toContain("\n\nrack, router: nothing is wrong.\n");
    });

    test("all are as they were when extrude has gone, and nothing of it is left", async () => {
      await stack.destroy();
      await unharmed();
      const now = await look();
      const { sections } = now.colo;
      const left = [now.colo, now.router].flatMap((state) =>
        Object.values(state.sections).flatMap((lines) =>
          lines.filter((line) => /\bx-[a-z]|table inet x_|extrudectl/.test(line)),
        ),
      );
      expect(sections["files"]).not.toEqual([]);
      expect(left).toEqual([]);
    });
  });
}
