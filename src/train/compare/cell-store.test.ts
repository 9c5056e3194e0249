import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CellSpec, cellKey } from "./cell.ts";
import { openCellStore, type StoredCell } from "./cell-store.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretaste-cells-"));
});
afterEach(() => rm(folder, { recursive: true }));

const spec: CellSpec = {
  system: "ease",
  settings: { regularisation: 10 },
  arena: { protocol: "melu", data: { name: "ml-1m" }, draws: 3, seed: 1 },
  part: 0,
  stream: "test",
  people: 1,
  seed: 1,
};

function cell(code: string, date: string): StoredCell {
  const group = {
    state: "cold-user",
    shots: "all",
    draw: 0,
    ids: ["a", "b"],
    metrics: { mae: Float64Array.of(0.1 + 0.2, Number.NaN) },
    pooled: { log_loss: { records: [Float64Array.of(0.5, 1), new Float64Array(0)], catalogue: 7 } },
  } as const;
  const evaluation = { system: "ease", protocol: "melu", candidates: "query set", groups: [group] } as const;
  const answers = { kind: "rankings", evaluation, support: [Int32Array.of(3, -1)] } as const;
  return {
    answers,
    spec,
    code,
    date,
    trainSeconds: 1.5,
    evaluateSeconds: 0.25,
    peakMb: 100,
    commit: "abc",
    jobs: 2,
  };
}

test("a cell comes back as it was, columns and all", async () => {
  const store = openCellStore(folder);
  expect(await store.find("k", "v1")).toBeUndefined();
  const saved = cell("v1", "2026-01-01");
  await store.save("k", saved);
  expect(await store.find("k", "v1")).toEqual(saved);
  expect(await readdir(folder)).toEqual(["k-v1.json"]);
  const pairs = {
    kind: "pairs",
    evaluation: {
      system: "x",
      protocol: "meta-emb",
      groups: [
        {
          ...({ state: "cold", shots: 0, draw: 0, ids: ["i"] } as const),
          offsets: Int32Array.of(0, 2),
          probability: Float32Array.of(0.1, 0.7),
          liked: Uint8Array.of(0, 1),
        },
      ],
    },
  } as const;
  await store.save("p", { ...saved, answers: pairs });
  expect((await store.find("p", "v1"))?.answers).toEqual(pairs);
});

test("another version of the code is another cell, unless any will do: then the newest", async () => {
  const store = openCellStore(folder);
  await store.save("k", cell("v1", "2026-01-01"));
  await store.save("k", cell("v3", "2026-01-03"));
  await store.save("k", cell("v2", "2026-01-02"));
  await store.save("k2", cell("v9", "2026-01-09"));
  expect(await store.find("k", "v4")).toBeUndefined();
  expect((await store.find("k", "v4", { anyCode: true }))?.code).toBe("v3");
  expect((await store.find("k", "v1", { anyCode: true }))?.code).toBe("v1");
});

test("a damaged file says which one", async () => {
  await writeFile(join(folder, "k-v1.json"), '{"answers":');
  await expect(openCellStore(folder).find("k", "v1")).rejects.toMatchObject({
    code: "ARTEFACT",
    parts: { where: join(folder, "k-v1.json") },
  });
});

test("a key holds all that decides the figures, and not where the data lies", () => {
  const world = { dataHash: "d", defaults: { regularisation: 500, popularity: 0 } };
  const key = cellKey(spec, world);
  const { arena } = spec;
  const moved = { ...spec, arena: { ...arena, data: { name: "ml-1m", path: "/elsewhere" } } };
  expect(cellKey(moved, world)).toBe(key);
  expect(cellKey({ ...spec, settings: { regularisation: 10, popularity: 0 } }, world)).toBe(key);
  const others = [
    cellKey({ ...spec, system: "popularity" }, world),
    cellKey({ ...spec, settings: {} }, world),
    cellKey({ ...spec, part: 1 }, world),
    cellKey({ ...spec, stream: "outerValid" }, world),
    cellKey({ ...spec, people: 0.5 }, world),
    cellKey({ ...spec, seed: 2 }, world),
    cellKey({ ...spec, arena: { ...arena, draws: 2 } }, world),
    cellKey({ ...spec, arena: { ...arena, shots: [1] } }, world),
    cellKey(spec, { ...world, dataHash: "e" }),
    cellKey(spec, { ...world, defaults: { ...world.defaults, popularity: 1 } }),
  ];
  expect(new Set([key, ...others]).size).toBe(1 + others.length);
});
