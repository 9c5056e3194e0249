import { expect, test } from "vitest";
import { operators } from "../../../testing/operators.ts";
import { ForetasteError } from "../../base/errors.ts";
import * as t from "../index.ts";

const vector = t.input("vector", [3]);
const other = t.input("other", [4]);
const matrix = t.input("matrix", [2, 3]);
const rows = t.input("rows", [2], "int32");
const flags = t.input("flags", [3], "bool");
const empty = t.input("empty", [2, 0]);

/** Each mistake, and what the message must say: the operator, what it takes, what it got (names of operands are below). */
const mistakes: readonly [what: string, make: () => unknown, message: RegExp][] = [
  [
    "add, shapes",
    () => t.add(vector, other),
    /^operator add: expected .*shapes that broadcast, got float32\[3\] and float32\[4\]/,
  ],
  [
    "mul, dtypes",
    () => t.mul(vector, t.cast(vector, "int32")),
    /^operator mul: expected equal dtypes .*, got float32\[3\] and int32\[3\]/,
  ],
  [
    "add, booleans",
    () => t.add(flags, flags),
    /^operator add: expected .*\(float32, int32\).*, got bool\[3\] and bool\[3\]/,
  ],
  [
    "div, integers",
    () => t.div(rows, 2),
    /^operator div: expected .*\(float32\).*, got int32\[2\] and int32\[\]/,
  ],
  ["exp, integers", () => t.exp(rows), /^operator exp: expected float32, got int32\[2\]/],
  [
    "where, condition",
    () => t.where(vector, 1, 2),
    /^operator where: expected a bool condition.*, got float32\[3\] and float32\[\] and float32\[\]/,
  ],
  ["where, shapes", () => t.where(flags, vector, other), /^operator where: .* float32\[3\] and float32\[4\]/],
  ["sum, axis", () => t.sum(matrix, 2), /^operator sum: expected axes 2, got float32\[2, 3\]/],
  ["sum, integers", () => t.sum(rows), /^operator sum: expected float32, got int32\[2\]/],
  ["max, no elements", () => t.max(empty, 1), /^operator max: expected elements along axes 1, got float/],
  ["mean, axis", () => t.mean(matrix, -3), /^operator mean: expected an axis -3, got float32\[2, 3\]/],
  ["mean, integers", () => t.mean(rows), /^operator mean: expected float32, got int32\[2\]/],
  ["mean, no elements", () => t.mean(empty, 1), /^operator mean: expected elements along axes 1/],
  ["softmax, axis", () => t.softmax(matrix, 2), /^operator softmax: expected an axis 2, got float32\[2, 3\]/],
  ["softmax, integers", () => t.softmax(rows), /^operator softmax: expected float32, got int32\[2\]/],
  ["logSoftmax, axis", () => t.logSoftmax(matrix, -3), /^operator logSoftmax: expected an axis -3/],
  ["logSumExp, scalar", () => t.logSumExp(t.input("s", [])), /^operator logSumExp: expected an axis -1/],
  ["logSumExp, booleans", () => t.logSumExp(flags), /^operator logSumExp: expected float32, got bool\[3\]/],
  ["gelu, integers", () => t.gelu(rows), /^operator gelu: expected float32, got int32\[2\]/],
  ["geluTanh, integers", () => t.geluTanh(rows), /^operator geluTanh: expected float32, got int32\[2\]/],
  ["rsqrt, integers", () => t.rsqrt(rows), /^operator rsqrt: expected float32, got int32\[2\]/],
  [
    "clip, limits",
    () => t.clip(vector, 2, 1),
    /^operator clip: expected a lower limit, not 2, below the upper, 1/,
  ],
  [
    "a part of one beside integers",
    () => t.mul(rows, 0.5),
    /^operator mul: expected a whole number beside int32, got 0\.5\. Cast the tensor/,
  ],
  [
    "dot, lengths",
    () => t.dot(vector, other),
    /^operator dot: expected vectors \[\.\.\., n\] and \[\.\.\., n\], got float32\[3\] and float32\[4\]/,
  ],
  [
    "dot, stretched",
    () => t.dot(vector, t.input("one", [1])),
    /^operator dot: .*got float32\[3\] and float32\[1\]/,
  ],
  [
    "clip, booleans",
    () => t.clip(flags, 0, 1),
    /^operator clip: expected equal dtypes \(float32, int32\).*, got bool\[3\] and float32\[\]/,
  ],
  [
    "cast, no dtype",
    () => t.cast(vector, "float64" as t.DType),
    /^operator cast: expected .*, not float64, got float32\[3\]/,
  ],
  [
    "indicator, shape",
    () => t.indicator(flags, [4]),
    /^operator indicator: .*\[4\], got float32\[3\] of cast/,
  ],
  [
    "softmax, no elements",
    () => t.softmax(empty),
    /^operator softmax: expected elements along axis 1, got float32\[2, 0\]/,
  ],
  ["logSumExp, no elements", () => t.logSumExp(empty), /^operator logSumExp: expected elements along axis 1/],
  [
    "min, no elements",
    () => t.min(empty, 1),
    /^operator min: expected elements along axes 1, got float32\[2, 0\]/,
  ],
  [
    "sumTo, shape",
    () => t.sumTo(vector, [2]),
    /^operator sumTo: expected a shape that \[2\] broadcasts to, got float32\[3\]/,
  ],
  ["split, below zero", () => t.split(matrix, [1, -1, 3], 1), /^operator split: expected sizes 1 \+ -1 \+ 3/],
  ["dot, integers", () => t.dot(rows, rows), /^operator dot: expected float32/],
  [
    "matvec, lengths",
    () => t.matvec(matrix, other),
    /^operator matvec: expected a matrix \[\.\.\., m, n\] and a vector \[\.\.\., n\], got float32\[2, 3\] and float32\[4\]/,
  ],
  [
    "matvec, batch",
    () => t.matvec(t.input("a", [2, 2, 3]), t.input("x", [4, 3])),
    /^operator matvec: .*\[2, 2, 3\] and float32\[4, 3\]/,
  ],
  ["matvec, integers", () => t.matvec(matrix, t.cast(vector, "int32")), /^operator matvec: expected float32/],
  [
    "solveSpd, right sides",
    () => t.solveSpd(t.input("a", [3, 3]), t.input("b", [2, 3])),
    /^operator solveSpd: expected square matrices .* got float32\[3, 3\] and float32\[2, 3\]/,
  ],
  [
    "oneHot, floats",
    () => t.oneHot(vector, 3),
    /^operator oneHot: expected int32 columns .*got float32\[3\]/,
  ],
  ["oneHot, size", () => t.oneHot(rows, -1), /^operator oneHot: .*not -1/],
  ["slice, part of one", () => t.slice(matrix, 1, 0.5, 2), /^operator slice: expected room for \[0, 0\.5\]/],
  ["expand, negative", () => t.expand(t.input("one", [1]), [-1]), /^operator expand: .*\[-1\]/],
  ["ones, sizes", () => t.ones([-2]), /^ones: expected whole sizes >= 0, got -2/],
  ["zeros, sizes", () => t.zeros([1.5]), /^zeros: expected whole sizes >= 0, got 1\.5/],
  ["constant, sizes", () => t.constant([1], [-1, -1]), /^constant: expected whole sizes >= 0, got -1/],
  [
    "reshape, size",
    () => t.reshape(matrix, [4]),
    /^operator reshape: expected as many elements as \[4\] holds, got float32\[2, 3\]/,
  ],
  ["reshape, inferred", () => t.reshape(matrix, [4, -1]), /^operator reshape: .*\[4, 1\.5\]/],
  ["reshape, two inferred", () => t.reshape(matrix, [-1, -1]), /^operator reshape/],
  [
    "expand",
    () => t.expand(vector, [3, 2]),
    /^operator expand: expected a shape that broadcasts to \[3, 2\], got float32\[3\]/,
  ],
  ["expand, smaller", () => t.expand(matrix, [3]), /^operator expand/],
  [
    "transpose, permutation",
    () => t.transpose(matrix, [0, 0]),
    /^operator transpose: expected a rank that fits the permutation \[0, 0\], got float32\[2, 3\]/,
  ],
  ["transpose, vector", () => t.transpose(vector), /^operator transpose/],
  [
    "slice, end",
    () => t.slice(matrix, 1, 1, 4),
    /^operator slice: expected room for \[0, 1\] to \[2, 4\], got float32\[2, 3\]/,
  ],
  ["slice, backwards", () => t.slice(matrix, 1, 2, 1), /^operator slice/],
  ["slice, axis", () => t.slice(matrix, 2, 0, 1), /^operator slice: expected an axis 2, got float32\[2, 3\]/],
  [
    "pad, rank",
    () => t.pad(vector, [1, 1], [0, 0]),
    /^operator pad: expected float32 that fits \[1, 1\] and \[0, 0\], got float32\[3\]/,
  ],
  ["pad, negative", () => t.pad(vector, [-1], [0]), /^operator pad/],
  ["pad, integers", () => t.pad(rows, [1], [0]), /^operator pad: .*int32\[2\]/],
  [
    "concat, shapes",
    () => t.concat([matrix, empty]),
    /^operator concat: expected equal dtypes and shapes but for axis 0, got float32\[2, 3\] and float32\[2, 0\]/,
  ],
  ["concat, rank", () => t.concat([matrix, vector]), /^operator concat: .*float32\[2, 3\] and float32\[3\]/],
  ["concat, axis", () => t.concat([matrix, matrix], 2), /^operator concat: expected an axis 2/],
  ["concat, nothing", () => t.concat([]), /^operator concat: expected at least one tensor/],
  [
    "stack, shapes",
    () => t.stack([vector, other]),
    /^operator stack: expected tensors of one dtype and shape, got float32\[3\] and float32\[4\]/,
  ],
  [
    "unsqueeze, axis",
    () => t.unsqueeze(vector, 3),
    /^operator unsqueeze: expected an axis for the new one, not 3, got float32\[3\]/,
  ],
  [
    "squeeze, size",
    () => t.squeeze(matrix, 0),
    /^operator squeeze: expected size one along axes 0, got float32\[2, 3\]/,
  ],
  ["squeeze, axis", () => t.squeeze(matrix, 2), /^operator squeeze: expected an axis 2, got float32\[2, 3\]/],
  [
    "split, sizes",
    () => t.split(matrix, [1, 1], 1),
    /^operator split: expected sizes 1 \+ 1 that add up to that of axis 1, got float32\[2, 3\]/,
  ],
  [
    "and, numbers",
    () => t.and(vector, flags),
    /^operator and: expected equal dtypes \(bool\).*, got float32\[3\] and bool\[3\]/,
  ],
  ["not, numbers", () => t.not(vector), /^operator not: expected bool, got float32\[3\]/],
  [
    "takeAlong, shapes",
    () => t.takeAlong(matrix, rows),
    /^operator takeAlong: expected int32 positions of equal shape but for axis 1, got float32\[2, 3\] and int32\[2\]/,
  ],
  ["takeAlong, axis", () => t.takeAlong(vector, rows, 1), /^operator takeAlong: expected an axis 1/],
  [
    "scatterAddAlong, shapes",
    () => t.scatterAddAlong(vector, rows, { size: 5 }),
    /^operator scatterAddAlong: expected float32, int32 of equal shape, and a size, not 5, got float32\[3\] and int32\[2\]/,
  ],
  ["scatterAddAlong, size", () => t.scatterAddAlong(t.input("two", [2]), rows, { size: -1 }), /not -1, got/],
  [
    "topK, too many",
    () => t.topK(matrix, 4),
    /^operator topK: expected numbers \[\.\.\., n\] with n at least 4, got float32\[2, 3\]/,
  ],
  ["topK, scalar", () => t.topK(t.input("s", []), 0), /^operator topK: .*got float32\[\]/],
  ["topK, part of one", () => t.topK(vector, 1.5), /^operator topK: .*at least 1\.5/],
  ["topK, booleans", () => t.topK(flags, 1), /^operator topK: expected numbers .*got bool\[3\]/],
  [
    "argMax, no elements",
    () => t.argMax(empty),
    /^operator argMax: expected numbers along axis 1, got float32\[2, 0\]/,
  ],
  ["argMax, axis", () => t.argMax(vector, 1), /^operator argMax: expected an axis 1, got float32\[3\]/],
  [
    "layerNorm, scale",
    () => t.layerNorm(matrix, other, vector),
    /^operator layerNorm: expected float32 \[\.\.\., n\], a scale \[n\] and a bias \[n\], got float32\[2, 3\] and float32\[4\] and float32\[3\]/,
  ],
  [
    "layerNorm, bias",
    () => t.layerNorm(matrix, vector, other),
    /^operator layerNorm: .*float32\[3\] and float32\[4\]/,
  ],
  [
    "layerNorm, axis",
    () => t.layerNorm(vector, vector, vector, { axis: 1 }),
    /^operator layerNorm: .*axis 1/,
  ],
  [
    "layerNorm, no numbers",
    () => t.layerNorm(empty, t.input("e", [0]), t.input("f", [0])),
    /^operator layerNorm: .*float32\[2, 0\]/,
  ],
  [
    "dropout, mask",
    () => t.dropout(vector, t.input("mask", [2, 3]), 0.5),
    /^operator dropout: expected float32 and a mask that broadcasts to its shape, got float32\[3\] and float32\[2, 3\]/,
  ],
  [
    "dropout, rate",
    () => t.dropout(vector, flags, 1),
    /^operator dropout: expected a rate from 0 up to but without 1, got 1/,
  ],
  [
    "gather, rows",
    () => t.gather(matrix, vector),
    /^operator gather: expected a table \[n, \.\.\.\] and int32 row numbers, got float32\[2, 3\] and float32\[3\]/,
  ],
  [
    "gather, scalar table",
    () => t.gather(t.input("s", []), rows),
    /^operator gather: .*float32\[\] and int32\[2\]/,
  ],
  [
    "scatterAdd",
    () => t.scatterAdd(vector, rows, 5),
    /^operator scatterAdd: expected float32 \[\.\.\.i, \.\.\.rest\], int32 \[\.\.\.i\], a size, not 5, got float32\[3\] and int32\[2\]/,
  ],
  [
    "matmul, inner",
    () => t.matmul(matrix, matrix),
    /^operator matmul\(transposeA false, transposeB false\): expected float32 \[\.\.\., m, k\] and \[\.\.\., k, n\], got float32\[2, 3\] and float32\[2, 3\]/,
  ],
  ["matmul, vector", () => t.matmul(matrix, vector), /^operator matmul.* float32\[2, 3\] and float32\[3\]/],
  [
    "matmul, batch axes",
    () => t.matmul(t.input("a", [2, 1, 1]), t.input("b", [3, 1, 1])),
    /^operator matmul.*\[2, 1, 1\] and float32\[3, 1, 1\]/,
  ],
  [
    "inverseSpd",
    () => t.inverseSpd(matrix),
    /^operator inverseSpd: expected square float32 matrices \[\.\.\., n, n\], got float32\[2, 3\]/,
  ],
  [
    "grad of a vector",
    () => t.grad(vector, { vector }),
    /^grad: expected a loss with one float32 element, got float32\[3\]/,
  ],
  [
    "constant",
    () => t.constant([1, 2], [3]),
    /^constant: expected as many values as the shape holds, got 2 values for \[3\]/,
  ],
  ["input", () => t.input("x", [2.5]), /^input "x": expected whole sizes >= 0, got 2\.5/],
];

test.each(mistakes)("%s", (_, make, message) => {
  const { code, message: said } = errorOf(make);
  expect(said.replaceAll(/ "\w+"(?=$| and|\.)/g, "")).toMatch(message);
  expect(code).toBe("SHAPE");
});

test("operands are named: inputs by theirs, results by what computed them", () => {
  expect(errorOf(() => t.add(vector, t.matmul(matrix, t.transpose(matrix)))).message).toBe(
    "operator add: expected equal dtypes (float32, int32) and shapes that broadcast, " +
      'got float32[3] "vector" and float32[2, 2] of matmul.',
  );
  expect(errorOf(() => t.where(flags, 1, other)).message).toMatch(
    /got bool\[3\] "flags" and float32\[\] and float32\[4\] "other"\.$/,
  );
});

/** Every exported operator of one operand or of two, in forms that none of them takes. */
const unfit: readonly [operands: readonly unknown[], got: RegExp][] = [
  [[undefined], /got undefined\.$/],
  [[flags, other], /got bool\[3\] "flags" and float32\[4\] "other"\.$/],
];
const one =
  "neg abs sign exp log log1p sqrt reciprocal square tanh sigmoid softplus relu floor sin cos erf not".split(
    " ",
  );
const two =
  "add sub mul div pow maximum minimum greater less greaterEqual lessEqual equal notEqual and or".split(" ");

test.each([...one.map((op) => [op, 0] as const), ...two.map((op) => [op, 1] as const)])(
  "%s names itself and what it was given",
  (op, form) => {
    const [operands, got] = unfit[form]!;
    const call = (t as unknown as Record<string, (...given: readonly unknown[]) => unknown>)[op]!;
    const { code, message } = errorOf(() => call(...operands));
    expect(message).toMatch(new RegExp(`^operator ${op}: `));
    expect(message).toMatch(got);
    expect(code).toBe("SHAPE");
  },
);

test("every exported operator has a mistake here", async () => {
  const tried = new Set([...one, ...two, ...mistakes.map(([what]) => what.split(",")[0]!)]);
  expect((await operators()).filter((op) => !tried.has(op))).toEqual(["stopGradient"]);
});

function errorOf(make: () => unknown): ForetasteError {
  try {
    make();
  } catch (error) {
    if (error instanceof ForetasteError) return error;
    throw error;
  }
  throw new Error("expected an error, got a result");
}
