/** `unit` is pure and fast, `model` checks the model of the agent's protocol, `toolchain` builds Go plugins, `e2e` boots the lab, `lab` tests the lab itself. */
const common = {
  testEnvironment: "node",
  testEnvironmentOptions: { globalsCleanup: "off" },
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2023", parser: { syntax: "typescript" } } }] },
};

const inLab = {
  ...common,
  globalSetup: "<rootDir>/tests/e2e/support/setup.ts",
  globalTeardown: "<rootDir>/tests/e2e/support/teardown.ts",
};

module.exports = {
  projects: [
    { ...common, displayName: "unit", testMatch: ["<rootDir>/tests/unit/**/*.test.ts"] },
    { ...common, displayName: "model", testMatch: ["<rootDir>/tests/model/**/*.test.ts"] },
    { ...common, displayName: "toolchain", testMatch: ["<rootDir>/tests/toolchain/**/*.test.ts"] },
    { ...inLab, displayName: "e2e", testMatch: ["<rootDir>/tests/e2e/**/*.test.ts"] },
    { ...inLab, displayName: "lab", testMatch: ["<rootDir>/tests/lab/**/*.test.ts"] },
  ],
};
