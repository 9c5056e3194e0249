import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { silentProgress } from "../../base/progress.ts";
import { readTriples } from "./triples.ts";

const dir = mkdtempSync(join(tmpdir(), "foretaste-triples-"));
afterAll(() => rmSync(dir, { recursive: true }));
const ctx = { progress: silentProgress };

test("a fact a line; a wrong line is named", async () => {
  const file = join(dir, "facts.tsv");
  writeFileSync(file, "m1\tdirected by\tJane\r\n\nJane\tborn in\tRome\n");
  expect(await readTriples(file, ctx)).toEqual([
    ["m1", "directed by", "Jane"],
    ["Jane", "born in", "Rome"],
  ]);
  for (const wrong of ["m1\tby", "m1\tby\tJane\tAnn", "m1\t\tJane"]) {
    writeFileSync(file, `m1\tby\tJane\n${wrong}\n`);
    await expect(readTriples(file, ctx)).rejects.toThrow(
      /facts\.tsv:2: expected a head, a relation and a tail/,
    );
  }
});
