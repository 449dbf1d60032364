import { join } from "node:path";
import type { AgentHost } from "./agent-host";
import { attacksOf } from "./customer-attacks";
import { alpha, askToApply, beta, coloWith, customers, CustomersUnits, hostWithCustomers } from "./customer-fixture";
import { torontoIPv6 } from "./fixtures";
import { commonFolder, shellNames } from "./tools";

const folder = commonFolder();

/** Both customers' sites are up. No attack is kept waiting because there have been others. */
function withSites(shell: (typeof shellNames)[number]): AgentHost {
  const plan = coloWith({ ...customers, alpha: { ...customers.alpha, changesPerMinute: 1000 } });
  const agent = hostWithCustomers(join(folder, shell), shell, plan);
  for (const party of [alpha, beta]) {
    for (const unit of new CustomersUnits(party).site()) {
      expect(askToApply(agent, party, unit)).toEqual({ status: 0, stdout: "applied\n", stderr: "" });
    }
  }
  agent.done();
  return agent;
}

/** All that a refused attack may not change. */
const everything = (agent: AgentHost): unknown => ({
  kernel: agent.kernel(),
  units: agent.files("state/units").map((file) => [file, agent.read(`state/units/${file}`)]),
  logins: ["sudoers", "state-customers"].flatMap((place) => agent.files(place)),
  bird: agent.read("bird.running"),
  sets: agent.read("elements"),
});

const attacks = attacksOf(alpha, beta, torontoIPv6).map((attack, index) => ({ id: `A${index + 1}`, ...attack }));

describe.each(shellNames)("in %s, a customer's attack is refused, logged, and changes nothing:", (shell) => {
  let agent: AgentHost;
  beforeAll(() => {
    agent = withSites(shell);
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
