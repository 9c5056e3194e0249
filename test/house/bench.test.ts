import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
const results = readdirSync(join(root, "bench/results")).filter((file) => file.endsWith(".json"));

test.each(results)("bench/results/%s names the script that writes it again", (file) => {
  const { command } = JSON.parse(read(`bench/results/${file}`)) as { command: string };
  const [, name = ""] = /^npm run ([\w:-]+)/.exec(command) ?? [];
  const [, script = ""] = /^node scripts\/run\.mjs (bench\/[\w-]+\.ts)$/.exec(scripts[name] ?? "") ?? [];
  expect(read(script)).toContain(`results/${file}"`);
});
