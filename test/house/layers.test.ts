import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { checkLayers, type LayerReport } from "../../scripts/layers/cruise.ts";
import { withLayers } from "../../scripts/layers/document.ts";

const root = join(import.meta.dirname, "../..");

/** A small project on disk: file name to content. */
async function checkTree(files: Record<string, string>): Promise<LayerReport> {
  const base = mkdtempSync(join(tmpdir(), "foretaste-layers-"));
  try {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(base, file)), { recursive: true });
      writeFileSync(join(base, file), content);
    }
    return await checkLayers(base);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

const say = (report: LayerReport): string[] =>
  report.violations.map(({ rule, from, to }) => `${from} > ${to} : ${rule}`).sort();

const leaf = "export const a: number = 1;\n";

test("legal edges pass, and every file of the tree is looked into", async () => {
  const report = await checkTree({
    "src/base/a.ts": leaf,
    "src/tensor/a.ts": 'export { a } from "../base/a.ts";\n',
    "src/data/query.ts": leaf,
    "src/data/read/a.ts": 'import { readFileSync } from "node:fs";\nexport { readFileSync };\n',
    "src/meta/a.ts": 'import type { a } from "../data/query.ts";\nexport type A = typeof a;\n',
    "src/meta/a.test.ts": 'import "../../testing/world.ts";\nimport "node:fs";\n',
    "src/cli/a.ts": 'import "../meta/a.ts";\n',
    "testing/world.ts": 'import "../src/data/query.ts";\n',
    "test/x.test.ts": 'import "../testing/world.ts";\n',
  });
  expect(say(report)).toEqual([]);
  expect(report.cruised).toEqual(report.inTree);
  expect(report.inTree).toHaveLength(9);
});

test.each([
  ["upwards", "src/base/b.ts", 'import "../tensor/a.ts";\n', "src/tensor/a.ts : layer:src/base"],
  [
    "a type only",
    "src/models/b.ts",
    'import type { a } from "../tasks/a.ts";\nexport type A = typeof a;\n',
    "src/tasks/a.ts : layer:src/models",
  ],
  [
    "a lazy import",
    "src/evaluate/b.ts",
    'export const b = () => import("../meta/a.ts");\n',
    "src/meta/a.ts : layer:src/evaluate",
  ],
  [
    "a learner reads a file",
    "src/meta/b.ts",
    'import "../data/read/a.ts";\n',
    "src/data/read/a.ts : apart:src/meta:src/data/read",
  ],
  [
    "files outside read",
    "src/data/b.ts",
    'import "node:fs/promises";\n',
    "fs/promises : owner:files (`node:fs`)",
  ],
  [
    "onnxruntime outside runtime",
    "src/tensor/b.ts",
    'import "onnxruntime-node";\n',
    "onnxruntime-node : owner:onnxruntime, protobufjs",
  ],
  [
    "testing in the library",
    "src/train/b.ts",
    'import "../../testing/world.ts";\n',
    "testing/world.ts : testing-by-tests-only",
  ],
  ["the service trains", "src/serve/b.ts", 'import "../train/a.ts";\n', "src/train/a.ts : layer:src/serve"],
  ["nothing there", "src/train/b.ts", 'import "./lost.ts";\n', "./lost.ts : no-unresolved"],
])("flagged: %s", async (_what, file, content, edge) => {
  const report = await checkTree({
    "src/tensor/a.ts": leaf,
    "src/tasks/a.ts": leaf,
    "src/meta/a.ts": leaf,
    "src/train/a.ts": leaf,
    "src/data/read/a.ts": leaf,
    "testing/world.ts": leaf,
    [file]: content,
  });
  expect(say(report)).toContainEqual(expect.stringContaining(`${file} > ${edge}`));
});

test("flagged: a cycle of types, and a file reached through a third folder", async () => {
  const report = await checkTree({
    "src/base/a.ts": 'import type { B } from "./b.ts";\nexport type A = B | 1;\n',
    "src/base/b.ts": 'import type { A } from "./a.ts";\nexport type B = A[];\n',
    "src/data/index.ts": 'export * from "./read/a.ts";\n',
    "src/data/read/a.ts": leaf,
    "src/meta/a.ts": 'import { a } from "../data/index.ts";\nexport const b: number = a;\n',
  });
  expect(say(report)).toEqual([
    "src/base/a.ts > src/base/b.ts : no-cycle",
    "src/meta/a.ts > src/data/read/a.ts : apart:src/meta:src/data/read",
  ]);
});

test("the documentation shows the table that is enforced", () => {
  const page = readFileSync(join(root, "docs/architecture.md"), "utf8");
  expect(page).toBe(withLayers(page));
});

test("in this repository every source file is looked into", async () => {
  const { cruised, inTree } = await checkLayers(root);
  expect(inTree).toContain("src/base/errors.ts");
  expect(cruised).toEqual(inTree);
});
