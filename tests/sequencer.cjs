const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * What takes minutes, the longest first. Jest knows how long a test takes only where it has run it before. Of those that
 * run alone, the first keeps its site for the others.
 */
const long = ["main-job", "crash", "security", "concurrency", "pulumi", "cli", "refusals", "lab"];

/** Long tests begin first, so that no process is left alone with one at the end. */
module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => long.findIndex((name) => path.endsWith(`/${name}.test.ts`)) + 1 || long.length + 1;
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
};
