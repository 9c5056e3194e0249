import { expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import { flatten, mapTree } from "../tensor/tree.ts";
import {
  type Arrays,
  adam,
  adamW,
  addDecayedWeights,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  clipByValue,
  constantRate,
  cosineDecay,
  globalNorm,
  linearWarmup,
  type State,
  scaleByLearningRate,
  sgd,
  stepDecay,
  type Transform,
} from "./index.ts";

const everything = (): Transform =>
  chain(
    clipByGlobalNorm(2),
    adamW({ learningRate: linearWarmup(3, cosineDecay({ from: 0.1, steps: 20 })), weightDecay: 0.1 }),
  );

const startOf = (): Arrays => ({
  a: Float32Array.of(1, 2),
  inner: { b: Float32Array.of(-1), c: Float32Array.of() },
});

function descend(transform: Transform, from: [Arrays, State], steps: readonly number[]): [Arrays, State] {
  let [params, state] = from;
  for (const step of steps) {
    const rng = createRng("gradients").split(step);
    const grads = mapTree<Arrays, Float32Array, Float32Array>(params, (leaf) => leaf.map(() => rng.normal()));
    const [updates, next] = transform.update(grads, state, params);
    [params, state] = [applyUpdates(params, updates), next];
  }
  return [params, state];
}

test("update changes nothing it was given", () => {
  const transform = everything();
  const params = startOf();
  const [, state] = descend(transform, [params, transform.init(params)], [0, 1]);
  const grads = { a: Float32Array.of(9, 9), inner: { b: Float32Array.of(9), c: Float32Array.of() } };
  const before = structuredClone({ params, state, grads });
  const first = transform.update(grads, state, params);
  expect({ params, state, grads }).toEqual(before);
  expect(transform.update(grads, state, params)).toEqual(first);
});

test("a state flattened, stored and put back goes on with the same numbers", () => {
  const transform = everything();
  const params = startOf();
  const straight = descend(transform, [params, transform.init(params)], [0, 1, 2, 3, 4, 5]);
  const [half, state] = descend(transform, [params, transform.init(params)], [0, 1, 2]);
  const stored = new Map(
    flatten<Float32Array | number>(state).map(([path, leaf]) => [path, structuredClone(leaf)]),
  );
  expect([...stored.keys()]).toContain("1.0.mean.inner.b");
  const restored = mapTree<State, Float32Array | number, Float32Array | number | undefined>(
    transform.init(half),
    (_, path) => stored.get(path),
  ) as State;
  expect(descend(transform, [half, restored], [3, 4, 5])).toEqual(straight);
});

test("clipping keeps a short gradient and shortens a long one without turning it", () => {
  const clip = clipByGlobalNorm(5);
  const short = { a: Float32Array.of(0.3), b: Float32Array.of(0.4) };
  expect(clip.update(short, {}, short)[0]).toEqual(short);
  const [long] = clip.update({ a: Float32Array.of(30), b: Float32Array.of(-40) }, {}, short);
  expect(globalNorm(long)).toBeCloseTo(5, 5);
  expect((long["a"] as Float32Array)[0]).toBeCloseTo(3, 5);
  expect((long["b"] as Float32Array)[0]).toBeCloseTo(-4, 5);
});

test("clipping names the leaf whose gradient is not finite", () => {
  const grads = { fine: Float32Array.of(1), layer: { weight: Float32Array.of(0, Number.NaN) } };
  expect(() => clipByGlobalNorm(1).update(grads, {}, grads)).toThrow(
    /gradient of "layer\.weight": expected finite numbers, got NaN/,
  );
  expect(() => clipByValue(1).update(grads, {}, grads)).toThrow(
    /gradient of "layer\.weight": expected finite numbers, got NaN/,
  );
});

test("a gradient tree of another shape is refused by path", () => {
  const transform = adam({ learningRate: 0.1 });
  const params = { w: { a: Float32Array.of(1, 2) } };
  const state = transform.init(params);
  expect(() => transform.update({ w: { a: Float32Array.of(1) } }, state, params)).toThrow(/"w\.a"/);
  expect(() => applyUpdates(params, { w: { b: Float32Array.of(1, 1) } })).toThrow(
    /"w\.a": expected 2 elements, got nothing/,
  );
});

test("the mask decides by path which leaves decay", () => {
  const params = { w: Float32Array.of(2), bias: Float32Array.of(2) };
  const none = { w: Float32Array.of(0), bias: Float32Array.of(0) };
  const [updates] = addDecayedWeights(0.25, (path) => path !== "bias").update(none, {}, params);
  expect(updates).toEqual({ w: Float32Array.of(0.5), bias: Float32Array.of(0) });
});

test("schedules: by hand", () => {
  const cosine = cosineDecay({ from: 1, to: 0.2, steps: 4 });
  const wanted = [1, 0.4 * (1 + Math.SQRT1_2) + 0.2, 0.6, 0.4 * (1 - Math.SQRT1_2) + 0.2, 0.2, 0.2];
  wanted.forEach((rate, step) => expect(cosine(step)).toBeCloseTo(rate, 12));
  const warm = linearWarmup(4, cosine);
  const grown = [0.25, 0.5, 0.75, 1, 1, wanted[1] ?? 0];
  grown.forEach((rate, step) => expect(warm(step)).toBeCloseTo(rate, 12));
});

test("schedules of no steps, or of a part of one, are refused", () => {
  const message = (name: string, least: number, got: number): string =>
    `${name}: expected a whole number from ${least}, got ${got}.`;
  expect(() => cosineDecay({ from: 1, steps: 0 })).toThrow(message("cosineDecay, steps", 1, 0));
  expect(() => stepDecay({ from: 1, factor: 0.5, every: 0.5 })).toThrow(message("stepDecay, every", 1, 0.5));
  expect(() => linearWarmup(-1, constantRate(1))).toThrow(message("linearWarmup, steps", 0, -1));
  expect(linearWarmup(0, constantRate(3))(0)).toBe(3);
});

test("the schedule is asked for steps 0, 1, 2, ...", () => {
  const asked: number[] = [];
  const transform = scaleByLearningRate((step) => {
    asked.push(step);
    return step + 1;
  });
  const params = { x: Float32Array.of(0) };
  const [end] = descend(transform, [params, transform.init(params)], [7, 7, 7]);
  const g = createRng("gradients").split(7).normal();
  expect(asked).toEqual([0, 1, 2]);
  expect((end["x"] as Float32Array)[0]).toBeCloseTo(-6 * g, 5);
});

test("a single array and a nested tree give the same numbers", () => {
  const transform = sgd({ learningRate: 0.5, momentum: 0.5 });
  const flat = { x: Float32Array.of(1, 2) };
  const nested = { deep: { er: { x: Float32Array.of(1, 2) } } };
  const [a] = transform.update(flat, transform.init(flat), flat);
  const [b] = transform.update(nested, transform.init(nested), nested);
  expect(flatten(b).map(([, leaf]) => leaf)).toEqual(flatten(a).map(([, leaf]) => leaf));
});
