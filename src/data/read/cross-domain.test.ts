import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readCrossDomain } from "./cross-domain.ts";

const dir = mkdtempSync(join(tmpdir(), "foretaste-domains-"));
afterAll(() => rmSync(dir, { recursive: true }));

function write(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(dir, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, folder, `${name}.txt`), text);
}

write("game_video", { train: "7\t0\n3000\t1\n", valid: "9\t0\n", test: "9\t1\n9\t0\n" });
write("video_game", { train: "9\t0\n3000\t0\n7\t1\n", valid: "", test: "" });

test("shared people are one, others belong to their domain; items never mix; hidden events stay out of training", async () => {
  const { dataset, people, targetItems, source, target } = await readCrossDomain(dir, { target: "game" });
  expect([source, target]).toEqual(["video", "game"]);
  const { users, items, interactions } = dataset;
  const pairs = Array.from(interactions.user, (user, row) => [
    users.ids[user],
    items.ids[interactions.item[row]!],
  ]);
  expect(pairs).toEqual([
    ["shared:9", "video:0"],
    ["video:3000", "video:0"],
    ["shared:7", "video:1"],
    ["shared:7", "game:0"],
    ["game:3000", "game:1"],
  ]);
  expect(Array.from(targetItems, (row) => items.ids[row])).toEqual(["game:0", "game:1"]);
  expect(items.columns["domain"]).toEqual({
    kind: "categorical",
    values: ["video", "video", "game", "game"],
  });
  // Of validation and test together, once each.
  expect(people.map((one) => [users.ids[one.user], Array.from(one.items, (row) => items.ids[row])])).toEqual([
    ["shared:9", ["game:0", "game:1"]],
  ]);
});

test("the other way round nobody is hidden; a wrong line is named", async () => {
  expect((await readCrossDomain(dir, { target: "video" })).people).toEqual([]);
  write("video_game", { valid: "1\t2\nx\t3\n" });
  await expect(readCrossDomain(dir, { target: "game" })).rejects.toThrow(
    /valid\.txt:2: expected a user and an item/,
  );
});
