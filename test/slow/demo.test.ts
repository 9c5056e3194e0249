import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentProgress } from "../../src/base/progress.ts";
import { runDemo } from "../../src/cli/demo/demo.ts";
import type { Recommendation } from "../../src/serve/contract.ts";
import type { Quality } from "../../src/train/compare.ts";

interface DemoFile {
  readonly dataset: { readonly synthetic: boolean };
  readonly quality: Quality;
  readonly stranger: { readonly first: readonly unknown[]; readonly items: readonly Recommendation[] };
  readonly model: string;
}

let folder: string;
let printed = "";
let data: DemoFile;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretaste-demo-"));
  const print = (text: string): void => void (printed += `${text}\n`);
  const ctx = { progress: silentProgress, print, colours: false };
  const report = await runDemo({ data: "synthetic", seed: 1, models: folder }, ctx);
  data = report.data as DemoFile;
}, 300_000);
afterAll(() => rm(folder, { recursive: true }));

test("the first line says that the world is synthetic, and no line is wider than a terminal", () => {
  expect(printed.split("\n")[0]).toMatch(/^Synthetic world \(generated, as asked\)/);
  expect(data.dataset.synthetic).toBe(true);
  const isCommand = (line: string): boolean => line.startsWith("  npx") || line.startsWith("Saved as");
  const wide = printed.split("\n").filter((line) => line.length > 100 && !isCommand(line));
  expect(wide.filter((line) => !/^(Lists|Its)/.test(line))).toEqual([]);
});

test("the Bayes head beats every baseline's lists, beyond chance, from three shots on", () => {
  const stars = data.quality.comparisons.filter(
    ({ metric, system, star }) => metric === "ndcg_binary@10" && system === "Bayes head" && star,
  );
  expect(stars.map(({ shots }) => shots)).toEqual(expect.arrayContaining([3, 5, 10]));
});

test("somebody unseen gets ten films, each with reasons that sum to its score, and the model is saved", () => {
  const { first, items } = data.stranger;
  expect([first.length, items.length]).toEqual([3, 10]);
  for (const { score, reasons } of items) {
    expect(reasons.reduce((sum, { contribution }) => sum + contribution, 0)).toBe(score);
    expect(reasons.filter(({ kind }) => kind === "event")).toHaveLength(3);
  }
  expect(existsSync(join(data.model, "manifest.json"))).toBe(true);
});
