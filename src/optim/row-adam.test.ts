import fc from "fast-check";
import { expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import { adamW, applyUpdates, type RowAdamState, type RowGradients, rowAdam } from "./index.ts";

const [COUNT, WIDTH] = [6, 3];
const moves = { learningRate: 0.05, weightDecay: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 };

function randomTable(seed: number): Float32Array {
  const rng = createRng(seed).split("table");
  return Float32Array.from({ length: COUNT * WIDTH }, () => rng.normal());
}

const drawn = fc.array(
  fc.uniqueArray(
    fc.record({
      row: fc.nat(COUNT - 1),
      values: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: WIDTH, maxLength: WIDTH }),
    }),
    { selector: (x) => x.row },
  ),
  { maxLength: 12 },
);

const gradientsOf = (batch: readonly { row: number; values: number[] }[]): RowGradients => ({
  rows: Int32Array.from(batch, (x) => x.row),
  values: Float32Array.from(batch.flatMap((x) => x.values)),
});

test("each row moves as under dense Adam with its own gradients only, whatever the others do", () => {
  fc.assert(
    fc.property(drawn, (batches) => {
      const table = randomTable(1);
      const optimiser = rowAdam(moves);
      let state = optimiser.init(table, WIDTH);
      for (const batch of batches) state = optimiser.update(gradientsOf(batch), state, table);
      for (let row = 0; row < COUNT; row++) {
        const own = batches.flatMap((batch) => batch.filter((x) => x.row === row));
        const wanted = denseAdam(randomTable(1).slice(row * WIDTH, (row + 1) * WIDTH), own);
        for (let j = 0; j < WIDTH; j++)
          expect(table[row * WIDTH + j]).toBeCloseTo(wanted[j] ?? Number.NaN, 5);
      }
      expect(state.step).toBe(batches.length);
    }),
    { seed: 11, numRuns: 60 },
  );
});

function denseAdam(row: Float32Array, gradients: readonly { values: number[] }[]): Float32Array {
  const transform = adamW(moves);
  let params = { row };
  let state = transform.init(params);
  for (const { values } of gradients) {
    const [updates, next] = transform.update({ row: Float32Array.from(values) }, state, params);
    [params, state] = [applyUpdates(params, updates), next];
  }
  return params.row;
}

test("the first step of a row is one learning rate long, however late it comes", () => {
  const table = new Float32Array(4);
  const optimiser = rowAdam({ learningRate: 0.1 });
  let state = optimiser.init(table, 2);
  for (let i = 0; i < 500; i++)
    state = optimiser.update({ rows: Int32Array.of(0), values: Float32Array.of(1, -1) }, state, table);
  state = optimiser.update({ rows: Int32Array.of(1), values: Float32Array.of(5, -0.01) }, state, table);
  expect(table[2]).toBeCloseTo(-0.1, 5);
  expect(table[3]).toBeCloseTo(0.1, 5);
  expect([...state.steps]).toEqual([500, 1]);
});

test("equal row numbers add up", () => {
  const run = (grads: RowGradients): [Float32Array, RowAdamState] => {
    const table = randomTable(2);
    const optimiser = rowAdam(moves);
    return [table, optimiser.update(grads, optimiser.init(table, WIDTH), table)];
  };
  const twice = { rows: Int32Array.of(4, 0, 4), values: Float32Array.of(1, 2, 3, 4, 5, 6, 10, -20, 30) };
  const once = { rows: Int32Array.of(4, 0), values: Float32Array.of(11, -18, 33, 4, 5, 6) };
  expect(run(twice)).toEqual(run(once));
});

test("untouched rows keep their bits, moments included", () => {
  const table = randomTable(3);
  const before = table.slice();
  const optimiser = rowAdam(moves);
  const state = optimiser.update(
    { rows: Int32Array.of(2), values: Float32Array.of(1, 1, 1) },
    optimiser.init(table, WIDTH),
    table,
  );
  const touched = (i: number): boolean => Math.floor(i / WIDTH) === 2;
  table.forEach((x, i) => expect(x === before[i]).toBe(!touched(i)));
  state.mean.forEach((m, i) => expect(m !== 0).toBe(touched(i)));
});

test("a state stored and put back goes on with the same numbers", () => {
  const optimiser = rowAdam({ ...moves, learningRate: (step) => 1 / (step + 1) });
  const grads = { rows: Int32Array.of(1, 2), values: Float32Array.of(1, 2, 3, -1, 0, 1) };
  const table = randomTable(4);
  let state = optimiser.update(grads, optimiser.init(table, WIDTH), table);
  const saved = structuredClone({ table, state });
  state = optimiser.update(grads, state, table);
  const again = optimiser.update(grads, saved.state, saved.table);
  expect(saved.table).toEqual(table);
  expect(again).toEqual(state);
});

test("rows that do not exist and sizes that do not fit are refused, and nothing moves", () => {
  const table = randomTable(5);
  const before = table.slice();
  const optimiser = rowAdam(moves);
  const state = optimiser.init(table, WIDTH);
  const update = (rows: number[], values: number): unknown =>
    optimiser.update({ rows: Int32Array.from(rows), values: new Float32Array(values).fill(1) }, state, table);
  expect(() => update([0, 6], 6)).toThrow("rowAdam, rows: expected row numbers below 6, got 6");
  expect(() => update([-1], 3)).toThrow("got -1");
  expect(() => update([0], 4)).toThrow("rowAdam, values: expected 1 rows of 3, got 4 elements");
  expect(() =>
    optimiser.update({ rows: Int32Array.of(), values: Float32Array.of() }, state, new Float32Array(3)),
  ).toThrow("rowAdam, table");
  expect(() => optimiser.init(table, 4)).toThrow("whole rows of 4");
  expect(table).toEqual(before);
  expect(state.steps.every((n) => n === 0)).toBe(true);
});
