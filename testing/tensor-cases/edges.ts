import type { Tensor } from "../../src/tensor/index.ts";
import * as t from "../../src/tensor/index.ts";
import { bools, ints, type Literal, value } from "../tensor-literal.ts";
import { type TensorCase, tensorCase } from "./tensor-case.ts";

type Edge = readonly [
  op: string,
  operands: readonly Literal[],
  build: (a: Tensor, b: Tensor, c: Tensor) => Tensor,
  golden: Literal,
];

/** Operands of one element each. */
const single: readonly Edge[] = [
  ["cast", [[2.5]], (x) => t.cast(x, "int32"), ints(2)],
  ["clip", [[7]], (x) => t.clip(x, 0, 2), [2]],
  ["where", [bools(0), [3], [4]], (c, a, b) => t.where(c, a, b), [4]],
  ["indicator", [bools(1)], (c) => t.indicator(c), [1]],
  ["max", [[-3]], (x) => t.max(x, 0), -3],
  ["min", [-3], (x) => t.min(x), -3],
  ["mean", [[-3]], (x) => t.mean(x, 0, true), [-3]],
  ["logSumExp", [[-3]], (x) => t.logSumExp(x), -3],
  ["softmax", [[-3]], (x) => t.softmax(x), [1]],
  ["logSoftmax", [[-3]], (x) => t.logSoftmax(x), [0]],
  ["stopGradient", [[-3]], (x) => t.stopGradient(x), [-3]],
  ["sumTo", [[[5]]], (x) => t.sumTo(x, [1]), [5]],
  ["transpose", [[[5]]], (x) => t.transpose(x), [[5]]],
  ["unsqueeze", [5], (x) => t.unsqueeze(x, 0), [5]],
  ["squeeze", [[5]], (x) => t.squeeze(x, 0), 5],
  ["slice", [[5]], (x) => t.slice(x, 0, 0, 1), [5]],
  ["pad", [5], (x) => t.pad(x, [], []), 5],
  ["concat", [[5], [6]], (a, b) => t.concat([a, b]), [5, 6]],
  ["stack", [5, 6], (a, b) => t.stack([a, b]), [5, 6]],
  ["split", [[5]], (x) => t.split(x, [1])[0] ?? x, [5]],
  ["gather", [[[5]], ints(0)], (x, i) => t.gather(x, i), [[5]]],
  ["scatterAdd", [[5], ints(0)], (x, i) => t.scatterAdd(x, i, 1), [5]],
  ["oneHot", [ints(0)], (i) => t.oneHot(i, 1), [[1]]],
  ["dot", [[2], [3]], (a, b) => t.dot(a, b), 6],
  ["matvec", [[[2]], [3]], (a, b) => t.matvec(a, b), [6]],
  ["solveSpd", [[[4]], [[2]]], (a, b) => t.solveSpd(a, b), [[0.5]]],
  ["constant", [], () => t.constant([7]), [7]],
  ["ones", [], () => t.ones([1]), [1]],
  ["zeros", [], () => t.zeros([]), 0],
];

const none = value([0]);

/** Operands or results without elements. */
const empty: readonly Edge[] = [
  ["cast", [none], (x) => t.cast(x, "int32"), ints()],
  ["clip", [none], (x) => t.clip(x, 0, 2), none],
  ["where", [bools(), [3], none], (c, a, b) => t.where(c, a, b), none],
  ["indicator", [bools(1)], (c) => t.indicator(c, [0, 1]), value([0, 1])],
  ["max", [value([0, 3])], (x) => t.max(x, 1), none],
  ["min", [value([0, 3])], (x) => t.min(x, 1, true), value([0, 1])],
  ["mean", [value([0, 3])], (x) => t.mean(x, 1), none],
  ["logSumExp", [value([0, 3])], (x) => t.logSumExp(x), none],
  ["softmax", [value([0, 3])], (x) => t.softmax(x), value([0, 3])],
  ["logSoftmax", [value([2, 0])], (x) => t.logSoftmax(x, 0), value([2, 0])],
  ["stopGradient", [none], (x) => t.stopGradient(x), none],
  ["sumTo", [value([0, 2])], (x) => t.sumTo(x, [2]), [0, 0]],
  ["transpose", [value([0, 2])], (x) => t.transpose(x), value([2, 0])],
  ["unsqueeze", [none], (x) => t.unsqueeze(x, 0), value([1, 0])],
  ["squeeze", [value([1, 0])], (x) => t.squeeze(x, 0), none],
  ["stack", [none, none], (a, b) => t.stack([a, b]), value([2, 0])],
  ["split", [[5, 6]], (x) => t.split(x, [2, 0])[1] ?? x, none],
  ["oneHot", [ints()], (i) => t.oneHot(i, 3), value([0, 3])],
  ["dot", [value([2, 0]), none], (a, b) => t.dot(a, b), [0, 0]],
  ["matvec", [value([2, 0]), none], (a, b) => t.matvec(a, b), [0, 0]],
  ["inverseSpd", [value([0, 3, 3])], (a) => t.inverseSpd(a), value([0, 3, 3])],
  ["solveSpd", [[[4]], value([1, 0])], (a, b) => t.solveSpd(a, b), value([1, 0])],
  ["constant", [], () => t.constant([]), none],
  ["ones", [], () => t.ones([0, 2]), value([0, 2])],
  ["zeros", [], () => t.zeros([0, 2]), value([0, 2])],
];

function toCase(what: string, [op, operands, build, golden]: Edge): TensorCase {
  const values = Object.fromEntries(operands.map((x, i) => [`x${i}`, x]));
  return tensorCase({
    op,
    what,
    values,
    build: (v) => build(...(Object.values(v) as [Tensor, Tensor, Tensor])),
    golden,
    ...(op === "stopGradient" ? { order: 0 } : {}),
  });
}

/** What every operator must stand, where another table does not hold it. */
export const edgeCases: readonly TensorCase[] = [
  ...single.map((edge) => toCase("one element", edge)),
  ...empty.map((edge) => toCase("no elements", edge)),
  tensorCase({
    op: "zeros",
    what: "add nothing",
    values: { x: [1, 2] },
    build: (v) => t.add(t.square(v.x), t.zeros([2])),
    golden: [1, 4],
  }),
];
