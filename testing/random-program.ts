import fc from "fast-check";
import type { Tensor } from "../src/tensor/index.ts";
import * as t from "../src/tensor/index.ts";
import { broadcastShapes } from "../src/tensor/shape.ts";
import { sizeOf } from "../src/tensor/tensor.ts";
import { inputsLike, type Value, value } from "./tensor-literal.ts";

/** One step: an operator and the earlier results it takes, as numbers that wrap around what there is. */
interface Step {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly axis: number;
}

/** A well-formed program: steps, and numbers for its four inputs. */
export interface RandomProgram {
  readonly steps: readonly Step[];
  readonly values: Readonly<Record<string, Value>>;
}

const SHAPES = { x: [2, 3], y: [3], z: [2, 1], s: [] } as const;
const number: fc.Arbitrary<number> = fc.double({ min: -1.5, max: 1.5, noNaN: true }).map(Math.fround);

const values: fc.Arbitrary<Record<string, Value>> = fc.record(
  Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => {
      const size = sizeOf(shape);
      return [name, fc.array(number, { minLength: size, maxLength: size }).map((data) => value(shape, data))];
    }),
  ),
);

export const randomProgram: fc.Arbitrary<RandomProgram> = fc.record({
  steps: fc.array(fc.record({ op: fc.nat(999), a: fc.nat(99), b: fc.nat(99), axis: fc.nat(5) }), {
    minLength: 1,
    maxLength: 20,
  }),
  values,
});

type Make = (a: Tensor, b: Tensor, axis: number) => Tensor | undefined;

const fits = (a: Tensor, b: Tensor): boolean => broadcastShapes(a.shape, b.shape) !== undefined;
const pairwise =
  (f: (a: Tensor, b: Tensor) => Tensor): Make =>
  (a, b) =>
    fits(a, b) ? f(a, b) : undefined;
const along =
  (f: (a: Tensor, axis: number) => Tensor): Make =>
  (a, _, axis) =>
    a.shape.length > 0 ? f(a, axis % a.shape.length) : undefined;
/** Matrices whose `axis` is equally long in both, so that it can be summed over. */
const matrices =
  (axis: -1 | -2, f: (a: Tensor, b: Tensor) => Tensor): Make =>
  (a, b) => {
    const faces = a.shape.length >= 2 && b.shape.length >= 2 && a.shape.at(axis) === b.shape.at(axis);
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return faces && batch !== undefined ? f(a, b) : undefined;
  };

/** 0, 1, 2, ... in the shape of `a`. */
const ramp = (a: Tensor): Tensor =>
  t.constant(
    Array.from({ length: sizeOf(a.shape) }, (_, i) => i),
    a.shape,
  );
/** Positions along an axis, some twice. */
const positions = (a: Tensor, axis: number): Tensor =>
  t.constant(
    Array.from({ length: sizeOf(a.shape) }, (_, i) => (i * i) % (a.shape[axis] ?? 1)),
    a.shape,
    "int32",
  );

/** Bounded results for bounded operands, so that float32 and float64 stay comparable however long the program. */
const smooth: readonly Make[] = [
  pairwise((a, b) => t.add(t.mul(a, 0.5), b)),
  pairwise((a, b) => t.sub(a, t.neg(b))),
  pairwise((a, b) => t.tanh(t.mul(a, b))),
  pairwise((a, b) => t.div(a, t.add(1, t.square(b)))),
  pairwise((a, b) => t.sub(b, t.expand(a, broadcastShapes(a.shape, b.shape) ?? []))),
  (a) => t.neg(a),
  (a) => t.tanh(a),
  (a) => t.mul(t.sigmoid(a), 1),
  (a) => t.log1p(t.square(a)),
  (a) => t.sqrt(t.add(t.square(a), 0.25)),
  (a) => t.exp(t.neg(t.square(a))),
  (a) => t.tanh(t.softplus(a)),
  (a) => t.gelu(t.tanh(a)),
  (a) => t.erf(a),
  (a) => t.pow(t.sigmoid(a), 1.5),
  (a) => t.tanh(t.sum(a)),
  along((a, axis) => t.mean(a, axis)),
  along((a, axis) => t.mean(a, axis, true)),
  along((a, axis) => t.softmax(a, axis)),
  along((a, axis) => t.tanh(t.logSumExp(a, axis))),
  along((a, axis) => t.slice(a, axis, 0, Math.ceil((a.shape[axis] ?? 1) / 2))),
  along((a, axis) => t.concat([a, t.neg(a)], axis)),
  along((a, axis) => t.unsqueeze(a, axis)),
  along((a) => t.reshape(a, [-1])),
  along((a) => t.gather(a, t.constant([0, (a.shape[0] ?? 1) - 1, 0], [3], "int32"))),
  along((a) =>
    t.tanh(t.scatterAdd(a, t.constant(new Array(a.shape[0] ?? 0).fill(1), undefined, "int32"), 3)),
  ),
  along((a) =>
    t.pad(
      a,
      a.shape.map(() => 1),
      a.shape.map(() => 0),
    ),
  ),
  along((a) =>
    t.transpose(
      a,
      a.shape.map((_, i) => (i + 1) % a.shape.length),
    ),
  ),
  (a) => t.expand(a, [2, ...a.shape]),
  (a) => t.sub(a, t.stopGradient(t.tanh(a))),
  (a) => t.sin(t.mul(a, 2)),
  (a) => t.sub(t.cos(a), t.zeros([])),
  (a) => t.rsqrt(t.add(t.square(a), 1)),
  along((a) => {
    const width = [a.shape.at(-1) ?? 1];
    const scale = t.constant(Float32Array.from({ length: width[0] ?? 1 }, (_, i) => 1 - i / 4));
    return t.layerNorm(a, scale, t.expand(t.constant(0.25), width), { epsilon: 0.5 });
  }),
  along((a, axis) => t.tanh(t.takeAlong(a, positions(a, axis), axis))),
  along((a, axis) =>
    t.tanh(t.scatterAddAlong(a, positions(a, axis), { size: (a.shape[axis] ?? 1) + 1, axis })),
  ),
  (a) => t.mul(0.5, t.dropout(a, t.notEqual(t.cast(t.add(ramp(a), 1), "bool"), t.less(ramp(a), 1)), 0.25)),
  along((a, axis) => t.map((line) => t.tanh(t.mul(line, t.mean(line))), a, { axis })),
  along((a) => t.map((row) => t.grad(t.sum(t.square(t.tanh(row))), row), a)),
  matrices(-1, (a, b) => t.tanh(t.matmul(a, b, { transposeB: true }))),
  matrices(-2, (a, b) => t.tanh(t.matmul(a, b, { transposeA: true }))),
  matrices(-2, (a, b) => t.tanh(t.matmul(t.transpose(a), b))),
  matrices(-1, (a) => {
    const n = a.shape.at(-2) ?? 1;
    const identity = t.constant(
      Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0)),
      [n, n],
    );
    return t.solveSpd(t.add(t.matmul(a, a, { transposeB: true }), identity), t.tanh(a));
  }),
];

/** Continuous, but their derivatives jump. */
const kinked: readonly Make[] = [
  pairwise((a, b) => t.maximum(a, b)),
  pairwise((a, b) => t.minimum(a, t.mul(b, 2))),
  (a) => t.relu(a),
  (a) => t.abs(a),
  (a) => t.clip(a, -0.5, 0.5),
  along((a, axis) => t.max(a, axis)),
  along((a, axis) => t.min(a, axis, true)),
  along((a) => t.topK(a, Math.ceil((a.shape.at(-1) ?? 1) / 2)).values),
  pairwise((a, b) => t.where(t.greater(a, b), a, b)),
  (a) => t.where(t.and(t.greaterEqual(a, -0.5), t.lessEqual(a, 0.5)), a, t.clip(a, -0.5, 0.5)),
  (a) => t.where(t.or(t.less(a, 0), t.not(t.less(a, 1))), t.tanh(t.abs(t.mul(a, t.sub(a, 1)))), 0),
];

/** Builds the program: its inputs and the results of its last steps. */
export function buildRandom(
  program: RandomProgram,
  options: { readonly kinks: boolean },
): { inputs: Record<string, Tensor>; outputs: Tensor[] } {
  const inputs: Record<string, Tensor> = inputsLike(program.values);
  return { inputs, outputs: buildSteps(program, inputs, options) };
}

/** The results of the last steps, of given inputs. A step that does not fit takes the tanh instead. */
export function buildSteps(
  { steps }: RandomProgram,
  inputs: Readonly<Record<string, Tensor>>,
  { kinks }: { readonly kinks: boolean },
): Tensor[] {
  const makes = kinks ? [...smooth, ...kinked] : smooth;
  const pool = Object.values(inputs);
  for (const { op, a, b, axis } of steps) {
    const [left, right] = [pool[a % pool.length], pool[b % pool.length]] as [Tensor, Tensor];
    const made = makes[op % makes.length]?.(left, right, axis) ?? t.tanh(left);
    pool.push(sizeOf(made.shape) > 120 || made.shape.length > 4 ? t.mean(made) : made);
  }
  return pool.slice(-2);
}
