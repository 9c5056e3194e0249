import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

type Space = Workspace<"out" | "a" | "b" | "c" | "matrix" | "table" | "list">;

const ROWS = 12;
/** One part of four, an odd number of parts, and a width that is padded. */
const sizes = [4, 12, 30, 64] as const;

function filled(size: number): Space {
  const rows = { out: 1, a: 1, b: 1, c: 1, matrix: 4 * Math.ceil(size / 4), table: ROWS, list: ROWS };
  const space: Space = createWorkspace(size, rows);
  const rng = createRng(size).split("kernels");
  for (const name of ["out", "a", "b", "c", "matrix", "table"] as const) {
    const { values } = space.areas[name];
    values.forEach((_, at) => void (values[at] = rng.normal()));
  }
  return space;
}

/** Row of a table as plain numbers. */
function row({ areas, width }: Space, name: keyof Space["areas"], r = 0): number[] {
  return [...areas[name].values.subarray(r * width, (r + 1) * width)];
}

function dot(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, v, k) => sum + v * (y[k] ?? Number.NaN), 0);
}

function close(want: readonly number[]): unknown[] {
  return want.map((v) => expect.closeTo(v, 4));
}

test.each(sizes)("dot, margin and blend of %i numbers", (size) => {
  const space = filled(size);
  const { kernels, areas } = space;
  const [a, b, c] = [row(space, "a"), row(space, "b"), row(space, "c")];
  expect(kernels.dot(areas.a.address, areas.b.address)).toBeCloseTo(dot(a, b), 4);
  const margin = kernels.margin(areas.a.address, areas.b.address, areas.c.address);
  expect(margin).toBeCloseTo(dot(a, b) - dot(a, c), 4);
  kernels.blend(areas.out.address, 2, areas.a.address, -0.5, areas.b.address);
  expect(row(space, "out")).toEqual(close(a.map((v, k) => 2 * v - 0.5 * (b[k] ?? 0))));
  kernels.blend(areas.a.address, 0, areas.a.address, 3, areas.a.address);
  expect(row(space, "a")).toEqual(close(a.map((v) => 3 * v)));
  expect(row(space, "b")).toEqual(b);
});

test.each(sizes)("learnPair of %i numbers reads all old values before it writes", (size) => {
  const space = filled(size);
  const { kernels, areas } = space;
  const [x, y, z] = [row(space, "a"), row(space, "b"), row(space, "c")];
  kernels.learnPair(areas.a.address, areas.b.address, areas.c.address, 0.9, 0.3);
  expect(row(space, "a")).toEqual(close(x.map((v, k) => 0.9 * v + 0.3 * ((y[k] ?? 0) - (z[k] ?? 0)))));
  expect(row(space, "b")).toEqual(close(y.map((v, k) => 0.9 * v + 0.3 * (x[k] ?? 0))));
  expect(row(space, "c")).toEqual(close(z.map((v, k) => 0.9 * v - 0.3 * (x[k] ?? 0))));
});

test.each(sizes)("combine of a matrix of %i numbers a row", (size) => {
  const space = filled(size);
  const { kernels, areas } = space;
  const [out, a] = [row(space, "out"), row(space, "a")];
  kernels.combine(areas.out.address, areas.matrix.address, areas.a.address);
  const want = out.map((v, k) => v + a.reduce((sum, w, r) => sum + w * (row(space, "matrix", r)[k] ?? 0), 0));
  expect(row(space, "out")).toEqual(close(want));
});

/** None, less than a block of four, exactly one, one and a remainder, two. */
test.each([0, 1, 3, 4, 7, 8])("accumulate over %i row numbers, one of them twice", (count) => {
  for (const size of sizes) {
    const space = filled(size);
    const { kernels, areas } = space;
    const list = [5, 0, 11, 5, 3, 2, 9, 1].slice(0, count);
    const at = areas.list.address;
    new Int32Array(areas.list.values.buffer, at, count).set(list);
    const [out, v] = [row(space, "out"), row(space, "a")];
    kernels.accumulate(areas.out.address, areas.a.address, areas.table.address, at, at + 4 * count, 1, -0.5);
    const rows = list.map((j) => row(space, "table", j));
    const want = out.map((o, k) => o + rows.reduce((sum, y) => sum + (1 - 0.5 * dot(y, v)) * (y[k] ?? 0), 0));
    expect(row(space, "out")).toEqual(close(want));
  }
});

test.each(sizes)("addGram adds outer products of rows of %i numbers", (size) => {
  const space = filled(size);
  const { kernels, areas, stride, width } = space;
  const before = [...areas.matrix.values];
  kernels.addGram(areas.matrix.address, areas.table.address, areas.table.address + 8 * stride);
  const rows = Array.from({ length: 8 }, (_, r) => row(space, "table", r));
  const want = before.map((v, at) =>
    rows.reduce((sum, y) => sum + (y[Math.floor(at / width)] ?? 0) * (y[at % width] ?? 0), v),
  );
  expect([...areas.matrix.values]).toEqual(close(want));
});
