import { expect, test } from "vitest";
import { solveSpdInPlace } from "../../base/cholesky.ts";
import { createRng } from "../../base/rng.ts";
import { type AlsFactors, type AlsOptions, fitAls, ridgeOf, startAls } from "./als.ts";
import { alsFoldIn } from "./fold-in.ts";
import type { Links } from "./plan.ts";

const USERS = 70;
const ITEMS = 23;

/** Everybody likes 0 to 12 items; user 3 and item 5 have no like. */
const world = ((): { readonly users: Links; readonly items: Links } => {
  const rng = createRng("als");
  const all = Array.from({ length: ITEMS }, (_, i) => i).filter((i) => i !== 5);
  const byUser = Array.from({ length: USERS }, (_, u) => (u === 3 ? [] : rng.sample(all, rng.int(13))));
  const byItem = Array.from({ length: ITEMS }, (_, i) =>
    [...byUser.keys()].filter((u) => byUser[u]?.includes(i)),
  );
  return { users: linksOf(byUser), items: linksOf(byItem) };
})();

function linksOf(lists: readonly (readonly number[])[]): Links {
  const offsets = new Int32Array(lists.length + 1);
  for (const [row, list] of lists.entries()) offsets[row + 1] = (offsets[row] ?? 0) + list.length;
  return { offsets, others: Int32Array.from(lists.flat()) };
}

const options: AlsOptions = {
  embeddingSize: 6,
  epochs: 5,
  unobservedWeight: 0.2,
  regularisation: 0.05,
  frequencyPower: 0.7,
  solverSteps: 3,
  rng: createRng(4),
};

function partners({ offsets, others }: Links, row: number): Int32Array {
  return others.subarray(offsets[row], offsets[row + 1]);
}

/** The minimiser of one row, by the normal equations and Cholesky in float64. */
function exactRow(
  table: Float32Array,
  width: number,
  { liked, ridge, w0 }: { liked: Int32Array; ridge: number; w0: number },
): Float64Array {
  const [a, b] = [new Float64Array(width * width), new Float64Array(width)];
  if (liked.length === 0) return b;
  const addRow = (row: number, weight: number): void => {
    for (let i = 0; i < width; i++)
      for (let j = 0; j < width; j++)
        a[i * width + j]! += weight * table[row * width + i]! * table[row * width + j]!;
  };
  for (let row = 0; row < table.length / width; row++) addRow(row, w0);
  for (const row of liked) {
    addRow(row, 1);
    for (let i = 0; i < width; i++) b[i]! += table[row * width + i]!;
  }
  for (let i = 0; i < width; i++) a[i * width + i]! += ridge;
  solveSpdInPlace(a, b);
  return b;
}

function expectExact(side: Float32Array, links: Links, table: Float32Array, width: number): void {
  const others = table.length / width;
  for (let row = 0; row + 1 < links.offsets.length; row++) {
    const liked = partners(links, row);
    const ridge = 0.05 * (liked.length + 0.2 * others) ** 0.7;
    const exact = exactRow(table, width, { liked, ridge, w0: 0.2 });
    const got = [...side.subarray(row * width, (row + 1) * width)];
    expect(got).toEqual(Array.from(exact, (v) => expect.closeTo(v, 4)));
  }
}

/** The sum that iALS minimises, over every pair. */
function objective({ width, users, items }: AlsFactors): number {
  const row = (side: Float32Array, r: number): Float32Array => side.subarray(r * width, (r + 1) * width);
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, v, k) => sum + v * y[k]!, 0);
  let sum = 0;
  for (let u = 0; u < USERS; u++) {
    const liked = new Set(partners(world.users, u));
    for (let i = 0; i < ITEMS; i++) {
      const score = dot(row(users, u), row(items, i));
      sum += 0.2 * score ** 2 + (liked.has(i) ? (1 - score) ** 2 : 0);
    }
    const x = row(users, u);
    sum += ridgeOf(liked.size, { ...options, others: ITEMS }) * dot(x, x);
  }
  for (let i = 0; i < ITEMS; i++) {
    const y = row(items, i);
    sum += ridgeOf(partners(world.items, i).length, { ...options, others: USERS }) * dot(y, y);
  }
  return sum;
}

test("as many steps as numbers and a few for rounding solve a row: an epoch is the two closed forms", async () => {
  const run = startAls(world.users, world.items, { ...options, solverSteps: 9 });
  const before = run.factors.items.slice();
  await run.epoch();
  const { width, users, items } = run.factors;
  expect(width).toBe(8);
  for (const side of [before, users, items]) {
    expect(side.every((v, at) => at % width < 6 || v === 0)).toBe(true);
  }
  expectExact(users, world.users, before, width);
  expectExact(items, world.items, users, width);
  expect([...users.subarray(3 * width, 4 * width), ...items.subarray(5 * width, 6 * width)]).toEqual(
    Array.from({ length: 2 * width }, () => 0),
  );
  await run.end();
});

test("three steps a row and epoch never raise the objective, and come to where the closed forms do", async () => {
  const run = startAls(world.users, world.items, options);
  let last = Number.POSITIVE_INFINITY;
  for (let epoch = 0; epoch < 30; epoch++) {
    await run.epoch();
    const now = objective(run.factors);
    expect(now).toBeLessThan(last + 1e-3);
    last = now;
  }
  const exact = await fitAls(world.users, world.items, { ...options, epochs: 30, solverSteps: 60 });
  expect(last / objective(exact)).toBeCloseTo(1, 2);
  await run.end();
});

test("the number of threads does not change a bit", async () => {
  const [one, two] = [
    await fitAls(world.users, world.items, options),
    await fitAls(world.users, world.items, { ...options, threads: 2 }),
  ];
  expect(two).toEqual(one);
});

test("a fold-in is the closed form, whoever came before, and repeats do not count", async () => {
  const factors = await fitAls(world.users, world.items, options);
  const { width, items } = factors;
  const fold = alsFoldIn(factors, options);
  const asked = Int32Array.from({ length: ITEMS + 9 }, (_, i) => i);
  for (const liked of [[1, 2, 7, 9, 11], [4], [4, 4], []].map((list) => Int32Array.from(list))) {
    const own = Int32Array.from(new Set(liked));
    const ridge = 0.05 * (own.length + 0.2 * ITEMS) ** 0.7;
    const x = exactRow(items, width, { liked: own, ridge, w0: 0.2 });
    const want = Array.from(asked, (i) => x.reduce((sum, v, k) => sum + v * (items[i * width + k] ?? 0), 0));
    expect([...fold(liked).scores(asked)]).toEqual(want.map((v) => expect.closeTo(v, 4)));
  }
});

test("a fit tells its epochs and can be stopped between them", async () => {
  const seen: number[] = [];
  const stop = new AbortController();
  const update = (done: number): void => {
    seen.push(done);
    if (done === 2) stop.abort();
  };
  const progress = { start: () => ({ update, finish() {} }) };
  const stopped = fitAls(world.users, world.items, {
    ...options,
    context: { progress, signal: stop.signal },
  });
  await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(stopped).rejects.toThrow(/expected 5 epochs, got a stop after 2/);
  expect(seen).toEqual([1, 2]);
});
