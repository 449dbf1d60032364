import { join } from "node:path";
import type { AgentHost } from "./agent-host";
import { attacksOf } from "./customer-attacks";
import { alpha, beta, CustomersUnits, everything, hostWithSites } from "./customer-fixture";
import { torontoIPv6 } from "./fixtures";
import { commonFolder, shellNames } from "./tools";

const folder = commonFolder();

const attacks = attacksOf(alpha, beta, torontoIPv6).map((attack, index) => ({ id: `A${index + 1}`, ...attack }));

describe.each(shellNames)("in %s, a customer's attack is refused, logged, and changes nothing:", (shell) => {
  let agent: AgentHost;
  beforeAll(() => {
    agent = hostWithSites(join(folder, shell), shell);
  });

  test.each(attacks)("[$id] it $title", ({ command, input, refusal }) => {
    const before = everything(agent);
    const { status, stdout, stderr } = agent.ask(alpha.login, command, input);
    expect(stderr).toMatch(refusal);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(everything(agent)).toEqual(before);
    expect(agent.done().filter((line) => /^(ip|nft|systemctl|birdc|user|timer)/.test(line))).toEqual([]);
    expect(agent.read("journal.customers").trimEnd().split("\n").at(-1)).toMatch(/^extrude-alpha: refused: [ -~]+$/);
    // It hears of nothing that it has not said itself.
    const theirs = [...new CustomersUnits(beta).site().map(({ name }) => name), beta.address, beta.line, "beta"];
    for (const word of theirs.filter((one) => !`${command}${input ?? ""}`.includes(one))) {
      expect(stderr).not.toContain(word);
    }
  });
});
