import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LockedPackages, missingOptional } from "../../scripts/lock.ts";

const script = join(import.meta.dirname, "../../scripts/setup.mjs");
const lock = (version: string): string =>
  JSON.stringify({
    packages: {
      "": {},
      "node_modules/a": { version, integrity: "x" },
      "node_modules/b": { version: "1.0.0", optional: true },
    },
  });

let root = "";

/** A project with a lockfile, and an npm that only notes how it was called and ends with `NPM_CODE`. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "foretaste-setup-"));
  writeFileSync(join(root, "package-lock.json"), lock("1.0.0"));
  const npm =
    'require("fs").writeFileSync("called", process.argv.slice(2).join(" ")); process.exit(+process.env.NPM_CODE);';
  writeFileSync(join(root, "npm.cjs"), npm);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function runSetup(npmCode = 0): { code: number | null; said: string; npm: string | undefined } {
  const env = { ...process.env, npm_execpath: join(root, "npm.cjs"), NPM_CODE: String(npmCode) };
  const { status, stderr, stdout } = spawnSync(process.execPath, [script, root], { env, encoding: "utf8" });
  const called = join(root, "called");
  return {
    code: status,
    said: stdout + stderr,
    npm: existsSync(called) ? readFileSync(called, "utf8") : undefined,
  };
}

function install(version: string): void {
  mkdirSync(join(root, "node_modules"), { recursive: true });
  const installed = { packages: { "node_modules/a": { version, integrity: "x" } } };
  writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify(installed));
}

test("nothing installed: npm ci runs, development packages included, and says so", () => {
  const { code, said, npm } = runSetup();
  expect(code).toBe(0);
  expect(npm).toMatch(/^ci --include=dev/);
  expect(said).toContain("installing 2 packages");
});

test("what the lockfile names is there: silence, no npm; a missing optional package is no reason", () => {
  install("1.0.0");
  expect(runSetup()).toEqual({ code: 0, said: "", npm: undefined });
});

test("another version is installed: npm ci runs and the package is named", () => {
  install("0.9.0");
  const { said, npm } = runSetup();
  expect(npm).toBeDefined();
  expect(said).toContain("a is not the version of the lockfile");
});

test("npm's exit code passes through", () => {
  expect(runSetup(7)).toMatchObject({ code: 7, said: expect.stringContaining("ended with code 7") });
});

test("the binary packages of other platforms are completed with where they run", () => {
  const missing = missingOptional({
    "node_modules/a": {
      dev: true,
      optionalDependencies: { "@a/linux-arm64-musl": "1.2.3", "@a/darwin-x64": "1.2.3", "@a/here": "1.2.3" },
    },
    "node_modules/@a/here": { version: "1.2.3" },
  });
  expect(missing).toEqual({
    "node_modules/@a/linux-arm64-musl": {
      version: "1.2.3",
      dev: true,
      optional: true,
      os: ["linux"],
      cpu: ["arm64"],
      libc: ["musl"],
    },
    "node_modules/@a/darwin-x64": {
      version: "1.2.3",
      dev: true,
      optional: true,
      os: ["darwin"],
      cpu: ["x64"],
    },
  });
});

test("our lockfile is complete: npm ci accepts it on every platform", () => {
  const text = readFileSync(join(import.meta.dirname, "../../package-lock.json"), "utf8");
  const { packages } = JSON.parse(text) as { packages: LockedPackages };
  expect(Object.keys(missingOptional(packages))).toEqual([]);
});
