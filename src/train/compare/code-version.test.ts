import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeVersion } from "./code-version.ts";

test("the version changes with code that computes figures, and with nothing else", async () => {
  const root = await mkdtemp(join(tmpdir(), "foretaste-code-"));
  const write = async (file: string, text: string): Promise<string> => {
    await mkdir(join(root, file, ".."), { recursive: true });
    await writeFile(join(root, file), text);
    return codeVersion(root);
  };
  const first = await write("meta/bayes/head.ts", "1");
  expect(await write("meta/bayes/head.test.ts", "1")).toBe(first);
  expect(await write("cli/main.ts", "1")).toBe(first);
  expect(await write("evaluate/figures/bars.ts", "1")).toBe(first);
  const second = await write("meta/bayes/head.ts", "2");
  const third = await write("evaluate/bootstrap.ts", "1");
  expect(new Set([first, second, third]).size).toBe(3);
  expect(await write("meta/bayes/head.ts", "1")).not.toBe(first);
  await rm(root, { recursive: true });
});

test("the running package has a version, the same twice", async () => {
  expect(await codeVersion()).toMatch(/^[0-9a-f]{12}$/);
  expect(await codeVersion()).toBe(await codeVersion());
});
