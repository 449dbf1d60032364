/**
 * `unit` is pure and fast, `model` checks the model of the agent's protocol, `toolchain` builds Go plugins, `engine` runs
 * the components under Pulumi's engine, without hosts. The others boot a lab for each process: `e2e` and `lab` may run side
 * by side; `traffic` counts packets, so that nothing else should run beside it.
 */
const common = {
  testEnvironment: "node",
  testEnvironmentOptions: { globalsCleanup: "off" },
  // Node's own import() wants the extension that a file will have once it is compiled.
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2023", parser: { syntax: "typescript" } } }] },
};

const inLab = {
  ...common,
  globalSetup: "<rootDir>/tests/e2e/support/setup.ts",
  globalTeardown: "<rootDir>/tests/e2e/support/teardown.ts",
};

module.exports = {
  // A bound for what hangs. Of a machine that is busy no test shall fail.
  testTimeout: 180_000,
  testSequencer: "<rootDir>/tests/sequencer.cjs",
  projects: [
    { ...common, displayName: "unit", testMatch: ["<rootDir>/tests/unit/**/*.test.ts"] },
    { ...common, displayName: "model", testMatch: ["<rootDir>/tests/model/**/*.test.ts"] },
    { ...common, displayName: "toolchain", testMatch: ["<rootDir>/tests/toolchain/**/*.test.ts"] },
    { ...common, displayName: "engine", testMatch: ["<rootDir>/tests/engine/**/*.test.ts"] },
    { ...inLab, displayName: "e2e", testMatch: ["<rootDir>/tests/e2e/**/*.test.ts"] },
    { ...inLab, displayName: "traffic", testMatch: ["<rootDir>/tests/traffic/**/*.test.ts"] },
    { ...inLab, displayName: "lab", testMatch: ["<rootDir>/tests/lab/**/*.test.ts"] },
  ],
};
