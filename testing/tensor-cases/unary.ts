import type { Tensor } from "../../src/tensor/index.ts";
import * as t from "../../src/tensor/index.ts";
import { value } from "../tensor-literal.ts";
import { type TensorCase, tensorCase } from "./tensor-case.ts";

const signed = [-2.5, -0.7, 0.3, 1.9];
const positive = [0.2, 0.7, 1.3, 4];

type Unary = readonly [op: string, f: (x: Tensor) => Tensor, x: readonly number[], golden: readonly number[]];

/** Transcendental values by mpmath with 30 digits, printed to 12: `[nstr(f(mpf(x)), 12) for x in ...]`. */
const unaries: readonly Unary[] = [
  ["neg", t.neg, signed, [2.5, 0.7, -0.3, -1.9]],
  ["abs", t.abs, signed, [2.5, 0.7, 0.3, 1.9]],
  ["sign", t.sign, [-2.5, -0.7, 0.3, 1.9], [-1, -1, 1, 1]],
  ["square", t.square, signed, [6.25, 0.49, 0.09, 3.61]],
  ["relu", t.relu, signed, [0, 0, 0.3, 1.9]],
  ["floor", t.floor, signed, [-3, -1, 0, 1]],
  ["sin", t.sin, signed, [-0.598472144104, -0.644217687238, 0.295520206661, 0.946300087687]],
  ["cos", t.cos, signed, [-0.801143615547, 0.764842187284, 0.955336489126, -0.323289566864]],
  ["exp", t.exp, signed, [0.0820849986239, 0.496585303791, 1.34985880758, 6.68589444228]],
  ["tanh", t.tanh, signed, [-0.986614298151, -0.604367777117, 0.291312612452, 0.956237458128]],
  ["sigmoid", t.sigmoid, signed, [0.0758581800212, 0.331812227832, 0.574442516812, 0.869891525637]],
  ["softplus", t.softplus, signed, [0.0788897342925, 0.403186048885, 0.854355244469, 2.03938675828]],
  ["erf", t.erf, signed, [-0.999593047983, -0.677801193837, 0.328626759459, 0.992790429235]],
  ["gelu", t.gelu, signed, [-0.0155241633144, -0.169374556556, 0.185373426657, 1.84543853635]],
  ["geluTanh", t.geluTanh, signed, [-0.01508426609, -0.169429865295, 0.185370923543, 1.84545123446]],
  ["log", t.log, positive, [-1.60943791243, -0.356674943939, 0.262364264467, 1.38629436112]],
  ["sqrt", t.sqrt, positive, [0.4472135955, 0.836660026534, 1.1401754251, 2]],
  ["reciprocal", t.reciprocal, positive, [5, 1.42857142857, 0.769230769231, 0.25]],
  ["rsqrt", t.rsqrt, positive, [2.2360679775, 1.19522860933, 0.877058019307, 0.5]],
  ["log1p", t.log1p, [-0.5, 1e-7, 0.3, 9], [-0.69314718056, 9.9999995e-8, 0.262364264467, 2.30258509299]],
];

export const unaryCases: readonly TensorCase[] = unaries.flatMap(([op, f, x, golden]) => [
  tensorCase({ op, what: "vector", values: { x }, build: (v) => f(v.x), golden }),
  tensorCase({ op, what: "scalar", values: { x: x[3] ?? 0 }, build: (v) => f(v.x), golden: golden[3] ?? 0 }),
  tensorCase({
    op,
    what: "no elements",
    values: { x: value([2, 0]) },
    build: (v) => f(v.x),
    golden: value([2, 0]),
  }),
]);
