import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transformFileSync } from "@swc/core";
import { packageRoot } from "../../../lab/paths";

const folders = ["agent", "components", "config", "planning", "rendering"];

/**
 * A folder in which programs find `pulumi-extrude`, as if npm had installed it there: what runs is compiled from the
 * sources as they are, and its types are the sources. That takes a second, and `npm pack` (package.test.ts) half a minute.
 */
export class Installed {
  readonly folder = mkdtempSync(join(tmpdir(), "extrude-installed-"));

  constructor() {
    const modules = join(this.folder, "node_modules");
    const library = join(modules, "pulumi-extrude");
    mkdirSync(library, { recursive: true });
    for (const name of readdirSync(join(packageRoot, "node_modules"))) {
      if (!name.startsWith(".")) symlinkSync(join(packageRoot, "node_modules", name), join(modules, name));
    }
    for (const name of [...folders, "library.ts"]) compile(name, join(library, "dist"));
    const manifest = { name: "pulumi-extrude", version: "0.1.0", main: "dist/library.js", types: "library.ts" };
    writeFileSync(join(library, "package.json"), JSON.stringify(manifest));
    for (const name of [...folders, "library.ts"]) symlinkSync(join(packageRoot, name), join(library, name));
  }

  /**
   * The component package, as an executable plugin: the Node.js language host that can be had from registries
   * (toolchain/versions.ts) is older than plugins that are folders.
   */
  plugin(): string {
    const folder = this.copy("plugin");
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".ts"))) {
      writeFileSync(join(folder, name.replace(/ts$/, "js")), commonJs(join(folder, name)));
    }
    const program = join(folder, "pulumi-resource-extrude");
    const runner = join(packageRoot, "node_modules", "@pulumi", "pulumi", "cmd", "run-plugin");
    writeFileSync(program, `#!/bin/sh\nexec node '${runner}' '${folder}' "$@"\n`, { mode: 0o755 });
    return program;
  }

  /** A copy of one of the repository's folders. */
  copy(path: string): string {
    const place = join(this.folder, path);
    cpSync(join(packageRoot, path), place, { recursive: true });
    return place;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function compile(path: string, to: string): void {
  const source = join(packageRoot, path);
  const target = join(to, path.replace(/\.ts$/, ".js"));
  if (path.endsWith(".ts")) writeFileSync(target, commonJs(source));
  else if (path.endsWith(".sh")) cpSync(source, target);
  else {
    mkdirSync(target, { recursive: true });
    for (const name of readdirSync(source)) compile(join(path, name), to);
  }
}

export function commonJs(source: string): string {
  return transformFileSync(source, {
    jsc: { target: "es2022", parser: { syntax: "typescript" } },
    module: { type: "commonjs" },
  }).code;
}
