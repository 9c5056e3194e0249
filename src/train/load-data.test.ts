import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentProgress } from "../base/progress.ts";
import { loadData } from "./load-data.ts";

const ctx = { progress: silentProgress };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretaste-data-"));
  await writeFile(join(folder, "ratings.csv"), "who,what,stars\nann,heat,5\nbob,heat,4\nbob,up,x\n");
  await writeFile(
    join(folder, "mine.toml"),
    `name = "mine"
[events]
file = "ratings.csv"
format = "csv"
user = "who"
item = "what"
value = "stars"
[scale]
min = 1
max = 5
liked = 4
`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

test("described data lies beside its description, or in the folder given", async () => {
  const description = join(folder, "mine.toml");
  const beside = await loadData({ name: "mine", description }, ctx);
  expect(beside.dataset.users.ids).toEqual(["ann", "bob"]);
  expect(beside.report?.events).toMatchObject({ read: 3, kept: 2 });
  const given = await loadData({ name: "mine", description, path: folder }, ctx);
  expect(given.dataset.hash).toBe(beside.dataset.hash);
});

test("the generated world says that it is one, and is always the same", async () => {
  const [first, second] = [
    await loadData({ name: "synthetic" }, ctx),
    await loadData({ name: "synthetic" }, ctx),
  ];
  expect([first.dataset.synthetic, first.source]).toEqual([true, "generated, no real data"]);
  expect(second.dataset.hash).toBe(first.dataset.hash);
});

test("what is nowhere or wrong is refused with its place", async () => {
  await expect(loadData({ name: "nothing" }, ctx)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(loadData({ name: "ml-1m", path: folder }, ctx)).rejects.toMatchObject({ code: "NOT_FOUND" });
  const missing = join(folder, "none.toml");
  await expect(loadData({ name: "x", description: missing }, ctx)).rejects.toThrow(`${missing}: expected`);
  await writeFile(join(folder, "bad.json"), '{"name": "x"');
  const bad = join(folder, "bad.json");
  await expect(loadData({ name: "x", description: bad }, ctx)).rejects.toMatchObject({ code: "CONFIG" });
});
