import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { tinyWorld } from "../../testing/worlds/tiny.ts";
import { silentProgress } from "../base/progress.ts";
import { encodeItems } from "./encode-items.ts";

const dir = mkdtempSync(join(tmpdir(), "foretaste-facts-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("a graph of relations, from attributes and from a file, both at once", async () => {
  const director = { kind: "categorical", values: ["Ann", "Ann", undefined, undefined] } as const;
  const world = tinyWorld([[0, 0, 5]], { users: 1, items: 4, itemColumns: { director } });
  const file = join(dir, "facts.tsv");
  writeFileSync(file, "i1\tsequel of\ti2\n");
  const ctx = { progress: silentProgress };
  const knownBy = async (encoder: string): Promise<boolean[]> => {
    const encoded = await encodeItems(world, encoder, ctx);
    expect(encoded.hash).not.toBe(world.hash);
    const column = encoded.items.columns["relations by graph"];
    if (column?.kind !== "vector") throw new Error("expected vectors");
    return [0, 1, 2, 3].map((row) => !Number.isNaN(column.values[row * column.width]));
  };
  expect(await knownBy("graph")).toEqual([true, true, false, false]);
  expect(await knownBy(`graph:${file}`)).toEqual([false, true, true, false]);
  expect(await knownBy(`graph:director,${file}`)).toEqual([true, true, true, false]);
});
