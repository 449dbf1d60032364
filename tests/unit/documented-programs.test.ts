import { join } from "node:path";
import ts from "typescript";
import { packageRoot } from "../../lab/paths";
import { pages, readPage } from "./documented-commands";

/** A piece of a program that a page shows, as a file. */
interface Piece {
  readonly file: string;
  readonly shown: string;
}

/** What a piece takes for granted: what the package exports, and what the text around it is about. */
const surroundings = `
import type { Config, ResourceTransform as Transform } from "@pulumi/pulumi";
import type * as pulumi from "@pulumi/pulumi";
import type { readFileSync as read } from "node:fs";
import type * as extrude from "pulumi-extrude";
declare global {
  const { BondedSite, coloFrom, ColoEndpoint, exportColo, ExtrudedAddress, Host, SiteUplink }: typeof extrude;
  const { StackReference }: typeof pulumi;
  const readFileSync: typeof read;
  const config: Config;
  type ResourceTransform = Transform;
  ${["BondedSiteArgs", "BondUplinkArgs", "BypassArgs", "ColoEndpointArgs", "ColoIPv6Args", "ConnectionArgs"]
    .concat("CustomerArgs", "DampingArgs", "DeliveryArgs", "DetectionArgs", "ExtrudedAddressArgs", "ForwardArgs")
    .concat("HostArgs", "HostConnectionArgs", "QualityArgs", "RateArgs", "TrafficArgs", "X509Args")
    .map((name) => `type ${name} = extrude.${name};`)
    .join("\n  ")}
  const rack: extrude.Host;
  const router: extrude.Host;
  const colo: extrude.ColoEndpoint;
  const vpn: extrude.ExtrudedAddress;
  const web: extrude.ExtrudedAddress;
  const phone: extrude.ExtrudedAddress;
  const dsl: extrude.SiteUplink;
  const cable: extrude.SiteUplink;
  const lte: extrude.SiteUplink;
  const uplinks: extrude.BondUplinkArgs[];
  const bypass: extrude.BypassArgs[];
  const damping: extrude.DampingArgs;
  const quality: extrude.QualityArgs;
  const args: extrude.BondedSiteArgs;
  const line: Omit<extrude.SiteUplinkArgs, "encapsulation" | "keyVersion">;
  const connection: extrude.HostConnectionArgs;
  const routerConnection: extrude.HostConnectionArgs;
  const agentSocketPath: string;
  const [key, forgeKey, hostKey, jumpKey]: string[];
  const [rackPem, rackKey, rackCaPem, dslPem, dslKey, siteCaPem]: string[];
}
`;

function piecesOf(page: string): Piece[] {
  return [...readPage(page).matchAll(/^ *```ts\n([^]*?)^ *```$/gm)].map(([, text = ""], index) => ({
    file: join(packageRoot, "docs", `${page.replaceAll(/\W/g, "-")}-${index}.ts`),
    // Some are arguments alone.
    shown: /^\w+: /.test(text) ? `const shown: Partial<BondedSiteArgs> = {\n${text}};` : text,
  }));
}

/** What the compiler has to say of pieces, each a module of its own. */
function compile(pieces: readonly Piece[]): string[] {
  const around = join(packageRoot, "docs", "surroundings.ts");
  const texts = new Map([[around, surroundings], ...pieces.map(({ file, shown }): [string, string] => [file, shown])]);
  const options: ts.CompilerOptions = {
    ...{ target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.NodeNext, strict: true, skipLibCheck: true },
    ...{ noEmit: true, types: ["node"], moduleDetection: ts.ModuleDetectionKind.Force },
    ...{ exactOptionalPropertyTypes: true, esModuleInterop: true },
    paths: { "pulumi-extrude": [join(packageRoot, "library.ts")] },
  };
  const plain = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...plain,
    fileExists: (file) => texts.has(file) || plain.fileExists(file),
    readFile: (file) => texts.get(file) ?? plain.readFile(file),
    getSourceFile: (file, language) => {
      const text = texts.get(file);
      return text === undefined ? plain.getSourceFile(file, language) : ts.createSourceFile(file, text, language);
    },
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
  });
}

const pieces = pages().flatMap(piecesOf);
const wrong = [
  'new Host("rack", { conection: connection });',
  'const damping: DampingArgs = { first: "10" };',
  "colo.adress;",
  "const",
].map((shown, index) => ({ file: join(packageRoot, "docs", `wrong-${index}.ts`), shown }));
// Together, since most of the time goes into the types of what they import.
const said = compile([...pieces, ...wrong]);
const ofWrong = said.filter((message) => /docs\/wrong-/.test(message));

test("every program that the documentation shows compiles", () => {
  expect(said.filter((message) => !ofWrong.includes(message))).toEqual([]);
  expect(pieces.length).toBeGreaterThan(30);
  process.stderr.write(`documented: ${pieces.length} programs, or parts of them, compiled\n`);
});

test("one that would not is noticed", () => {
  expect(ofWrong.map((message) => /wrong-(\d)/.exec(message)?.[1])).toEqual(["0", "1", "2", "3"]);
});
