import * as t from "../../src/tensor/index.ts";
import { ints, value } from "../tensor-literal.ts";
import { type TensorCase, tensorCase } from "./tensor-case.ts";

/** Ties in both rows. */
const m24 = [
  [3, 9, 3, 5],
  [-1, -4, -1, -1],
];
const m23 = [
  [1, 2, 3],
  [4, 5, 6],
];

/** Positions along an axis: taking, adding, and finding the largest. */
export const alongCases: readonly TensorCase[] = [
  tensorCase({
    op: "takeAlong",
    what: "last axis, one twice",
    values: { x: m23, at: value([2, 4], [2, 0, 0, 1, 1, 1, 2, 0], "int32") },
    build: (v) => t.takeAlong(t.square(v.x), v.at),
    golden: [
      [9, 1, 1, 4],
      [25, 25, 36, 16],
    ],
  }),
  tensorCase({
    op: "takeAlong",
    what: "first axis",
    values: { x: m23, at: value([1, 3], [1, 0, 1], "int32") },
    build: (v) => t.takeAlong(v.x, v.at, 0),
    golden: [[4, 2, 6]],
  }),
  tensorCase({
    op: "takeAlong",
    what: "integers",
    values: { x: ints(5, 6, 7), at: ints(2, 0) },
    build: (v) => t.takeAlong(v.x, v.at, -1),
    golden: ints(7, 5),
  }),
  tensorCase({
    op: "takeAlong",
    what: "one element",
    values: { x: [4], at: ints(0) },
    build: (v) => t.takeAlong(v.x, v.at),
    golden: [4],
  }),
  tensorCase({
    op: "takeAlong",
    what: "no positions",
    values: { x: m23, at: value([2, 0], [], "int32") },
    build: (v) => t.takeAlong(v.x, v.at),
    golden: value([2, 0]),
  }),
  tensorCase({
    op: "scatterAddAlong",
    what: "last axis, equal positions add up",
    values: { x: m23, at: value([2, 3], [1, 3, 1, 0, 0, 0], "int32") },
    build: (v) => t.scatterAddAlong(t.square(v.x), v.at, { size: 4 }),
    golden: [
      [0, 10, 0, 4],
      [77, 0, 0, 0],
    ],
  }),
  tensorCase({
    op: "scatterAddAlong",
    what: "first axis, fewer places than numbers",
    values: { x: m23, at: value([2, 3], [0, 0, 0, 0, 0, 0], "int32") },
    build: (v) => t.scatterAddAlong(v.x, v.at, { size: 1, axis: 0 }),
    golden: [[5, 7, 9]],
  }),
  tensorCase({
    op: "scatterAddAlong",
    what: "one element",
    values: { x: [4], at: ints(0) },
    build: (v) => t.scatterAddAlong(v.x, v.at, { size: 2 }),
    golden: [4, 0],
  }),
  tensorCase({
    op: "scatterAddAlong",
    what: "no positions",
    values: { x: value([2, 0]), at: value([2, 0], [], "int32") },
    build: (v) => t.scatterAddAlong(v.x, v.at, { size: 2 }),
    golden: [
      [0, 0],
      [0, 0],
    ],
  }),
  tensorCase({
    op: "topK",
    what: "positions, ties to the lower",
    values: { x: m24 },
    build: (v) => t.topK(v.x, 3).indices,
    golden: value([2, 3], [1, 3, 0, 0, 2, 3], "int32"),
  }),
  tensorCase({
    op: "topK",
    what: "values",
    values: {
      x: [
        [3, 9, 4, 5],
        [-1, -4, -2, -3],
      ],
    },
    build: (v) => t.topK(t.mul(v.x, v.x), 2).values,
    golden: [
      [81, 25],
      [16, 9],
    ],
  }),
  tensorCase({
    op: "topK",
    what: "integers",
    values: { x: ints(5, 7, 6) },
    build: (v) => t.topK(v.x, 2).values,
    golden: ints(7, 6),
  }),
  tensorCase({
    op: "topK",
    what: "all of one",
    values: { x: [2] },
    build: (v) => t.topK(v.x, 1).values,
    golden: [2],
  }),
  tensorCase({
    op: "topK",
    what: "none",
    values: { x: m24 },
    build: (v) => t.topK(v.x, 0).indices,
    golden: value([2, 0], [], "int32"),
  }),
  tensorCase({
    op: "topK",
    what: "no rows",
    values: { x: value([0, 3]) },
    build: (v) => t.topK(v.x, 2).values,
    golden: value([0, 2]),
  }),
  tensorCase({
    op: "argMax",
    what: "rows, ties to the lower",
    values: { x: m24 },
    build: (v) => t.argMax(v.x),
    golden: ints(1, 0),
  }),
  tensorCase({
    op: "argMax",
    what: "columns",
    values: {
      x: [
        [3, -9, 3],
        [3, 4, 5],
      ],
    },
    build: (v) => t.argMax(v.x, 0),
    golden: ints(0, 1, 1),
  }),
  tensorCase({
    op: "argMax",
    what: "integers",
    values: { x: ints(-5, -7) },
    build: (v) => t.argMax(v.x),
    golden: value([], [0], "int32"),
  }),
  tensorCase({
    op: "argMax",
    what: "one element",
    values: { x: [[2]] },
    build: (v) => t.argMax(v.x),
    golden: ints(0),
  }),
  tensorCase({
    op: "argMax",
    what: "no rows",
    values: { x: value([0, 3]) },
    build: (v) => t.argMax(v.x),
    golden: ints(),
  }),
];
