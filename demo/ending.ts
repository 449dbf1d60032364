import { labName } from "./hosts";
import { paint } from "./style";

const flag = `--name ${labName}`;

const commands: readonly (readonly [string, string])[] = [
  [`npm run extrude -- lab ssh ${flag} router`, "look around; 'sudo extrudectl status' says what is there"],
  [`npm run extrude -- lab ssh ${flag} internet ping 77.1.2.3`, "watch the address from outside, while you ..."],
  [`npm run extrude -- lab link ${flag} dsl blackhole=true`, "... break a line ('dsl clear' heals it)"],
  ["npm run demo", "after you changed a weight in Pulumi.dev.yaml: an update"],
  ["npm run demo -- --down", "take everything down again"],
];

export function whatNext(): string {
  const lines = commands.map(([command, what]) => `  ${paint("cyan", command)}\n      ${what}`);
  return [...lines, "", 'From here to real hosts: README.md, "From the lab to real hosts".'].join("\n");
}
