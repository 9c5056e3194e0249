import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "./run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretaste-modalities-"));
  // Sixty people: the first half likes even shops, the others odd ones; a kind and a look of each, some looks missing.
  const events = Array.from({ length: 60 * 10 }, (_, row) => {
    const [user, item] = [Math.floor(row / 10), (row * 7 + Math.floor(row / 10)) % 24];
    return `u${user},s${item},${item % 2 === Number(user >= 30) ? 5 : 2}`;
  });
  const shops = Array.from({ length: 24 }, (_, i) => ({
    id: `s${i}`,
    kind: i % 2 === 0 ? "even" : "odd",
    ...(i % 3 === 0 ? {} : { look: [i % 2, 1, i / 24] }),
  }));
  await writeFile(join(folder, "events.csv"), ["user,item,value", ...events].join("\n"));
  await writeFile(join(folder, "shops.jsonl"), shops.map((shop) => JSON.stringify(shop)).join("\n"));
  const features = {
    kind: { column: "kind", kind: "categorical" },
    look: { column: "look", kind: "vector", width: 3 },
  };
  const description = {
    name: "shops",
    events: { file: "events.csv", format: "csv", user: "user", item: "item", value: "value" },
    items: { file: "shops.jsonl", format: "jsonl", id: "id", features },
    scale: { min: 1, max: 5, liked: 4 },
  };
  await writeFile(join(folder, "shops.json"), JSON.stringify(description));
});
afterAll(() => rm(folder, { recursive: true }));

const modalities = (...args: string[]) =>
  run(["encoders", "modalities", "--description", join(folder, "shops.json"), "--people", "20", ...args]);

test("a row a modality: how many have it, gates, shares, and what is lost without it", async () => {
  const { code, out, err } = await modalities();
  expect([code, err]).toEqual([0, expect.not.stringContaining("error")]);
  const rows = out.split("\n").filter((line) => /^(kind|look|item ID) /.test(line));
  expect(rows).toHaveLength(3);
  expect(out).toMatch(/^Held-out people of shops, nDCG@10: cold-user \d\.\d{4} \(\d+ people\), both-cold /);
  expect(rows[0]).toMatch(/^kind +100 %( +-?\d\.\d\d){4}( +-?\d\.\d{4} \(-?\d\.\d{4} to -?\d\.\d{4}\)){2}/);
});

test("as JSON it is the same in numbers; another fusion than gate or sum is refused", async () => {
  const report = JSON.parse((await modalities("--json", "--fusion", "sum")).out);
  expect([report.fusion, Object.keys(report.quality)]).toEqual(["sum", ["cold-user", "both-cold"]]);
  const look = report.modalities.find(({ modality }: { modality: string }) => modality === "look");
  expect(look.warm.present).toBeGreaterThan(0.5);
  expect(look.warm.present).toBeLessThan(0.8);
  expect(look.loss["both-cold"]).toMatchObject({ tasks: report.quality["both-cold"].tasks });
  const { code, err } = await modalities("--fusion", "mean");
  expect([code !== 0, err]).toEqual([true, expect.stringContaining("gate, sum")]);
});
