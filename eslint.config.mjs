import tseslint from "typescript-eslint";

/** The layers of docs/architecture.md: what each folder may not import. */
const pure = {
  patterns: [
    { group: ["@pulumi/*"], message: "planning/ and rendering/ are pure: no Pulumi." },
    {
      group: ["node:*", "!node:crypto", "fs", "fs/*", "child_process", "net", "os", "path"],
      message: "planning/ and rendering/ are pure: no I/O.",
    },
    {
      group: ["**/components/*", "**/lab/*", "**/cli/*", "**/toolchain/*", "**/config/*", "**/agent/*"],
      message: "A layer knows only the one below.",
    },
  ],
};
const restrict = (files, patterns) => ({ files, rules: { "no-restricted-imports": ["error", { patterns }] } });

export default tseslint.config(
  { ignores: ["dist/", ".lab/", "coverage/", "node_modules/", "**/*.mjs", "jest.config.js", "tests/sequencer.cjs"] },
  ...tseslint.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  {
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", 60],
    },
  },
  restrict(
    ["planning/**/*.ts"],
    [...pure.patterns, { group: ["**/rendering/*"], message: "planning/ does not know how a plan is rendered." }],
  ),
  restrict(["rendering/**/*.ts"], pure.patterns),
  restrict(
    ["components/**/*.ts"],
    [
      {
        group: ["**/lab/*", "**/cli/*", "**/toolchain/*", "**/config/*"],
        message: "components/ knows planning/, rendering/ and the agent's text only.",
      },
    ],
  ),
  restrict(
    ["lab/**/*.ts", "toolchain/**/*.ts"],
    [
      {
        group: ["**/components/*", "**/planning/*", "**/rendering/*", "**/config/*"],
        message: "lab/ and toolchain/ know nothing of extrude itself.",
      },
    ],
  ),
  restrict(
    ["cli/!(init|init-*).ts"],
    [{ group: ["**/components/*", "**/toolchain/*", "**/config/*"], message: "cli/ looks at states and hosts only." }],
  ),
  restrict(
    ["cli/init.ts", "cli/init-*.ts"],
    [
      {
        group: ["**/components/*", "**/toolchain/*", "**/lab/*", "../lab"],
        message: "cli/ looks at states and hosts only; init also writes the stack configuration that config/ reads.",
      },
    ],
  ),
  restrict(
    ["cli/!(lab|lab-work|init|init-*).ts"],
    [
      {
        group: ["**/components/*", "**/toolchain/*", "**/config/*", "**/lab/*", "../lab"],
        message: "cli/ looks at states and hosts only; the lab is for its own verb.",
      },
    ],
  ),
  { files: ["tests/**/*.ts"], rules: { "max-lines-per-function": "off" } },
  {
    // In the repository they find the library by the root's tsconfig.json; their own are for where they are used.
    files: ["plugin/**/*.ts", "examples/**/*.ts", "templates/**/*.ts"],
    languageOptions: { parserOptions: { projectService: false, project: "./tsconfig.json" } },
    rules: { "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }] },
  },
);
