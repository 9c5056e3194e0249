import { expand, reshape, sum } from "../ops/broadcast.ts";
import { greater } from "../ops/compare.ts";
import { add, div, mul, neg } from "../ops/elementwise.ts";
import { constant, zeros } from "../ops/leaf.ts";
import { solveSpd } from "../ops/linalg.ts";
import { stopGradient } from "../ops/reduce.ts";
import { where } from "../ops/select.ts";
import { concat, slice, squeeze, stack, unsqueeze } from "../ops/structure.ts";
import { sizeOf, type Tensor } from "../tensor.ts";
import type { Maybe } from "./bundle.ts";
import { pull } from "./checkpoint.ts";
import { retrace, type Traced, traced } from "./closure.ts";
import { custom } from "./custom.ts";
import { identity } from "./marker.ts";

/** How a linear system is solved. */
export interface SolveOptions {
  /**
   * "conjugate-gradient" (the default) needs products with the matrix only; "dense" writes the matrix out, one product
   * a column, and is exact: for systems of a few dozen unknowns.
   */
  readonly solver?: "conjugate-gradient" | "dense";
  /** Of conjugate gradients, 20 by default. Exact after as many as the matrix has distinct eigenvalues. */
  readonly iterations?: number;
  /** So many axes in front of every tensor count independent systems; 0 by default. */
  readonly batchAxes?: number;
}

type Vector = readonly Tensor[];
type Matrix = (x: Vector) => Vector;

/**
 * Solves `A u = b` for a symmetric positive definite linear function `A`, a list of tensors as the vector. The
 * derivative is implicit, `du = A^-1 (db - dA u)`: one more solve, never the iterations, to any order.
 */
export function solveSymmetric(matrix: Matrix, b: Vector, options: SolveOptions): Tensor[] {
  const leaves = b.map(identity);
  const template = traced(leaves, matrix(leaves));
  return solveTraced(template, { b, read: template.captured }, options);
}

interface System {
  readonly b: Vector;
  /** What the matrix is made of. */
  readonly read: Vector;
}

function solveTraced(template: Traced, system: System, options: SolveOptions): Tensor[] {
  const solver = options.solver === "dense" ? dense : conjugateGradient;
  const values = solver((x) => retrace(template, x, system.read), system.b, options);
  return withDerivative(values.map(stopGradient), template, system, options);
}

function withDerivative(
  values: Vector,
  template: Traced,
  { b, read }: System,
  options: SolveOptions,
): Tensor[] {
  return custom(values, [...b, ...read], (cotangents, given, outputs) => {
    const now = { b: given.slice(0, b.length), read: given.slice(b.length) };
    const back = solveTraced(template, { b: filled(cotangents, outputs), read: now.read }, options);
    const solution = withDerivative(outputs, template, now, options);
    const fresh = now.read.map(identity);
    return [...back, ...pull(retrace(template, solution, fresh), fresh, back.map(neg))];
  });
}

/** Zeros where no cotangent came. */
export function filled(cotangents: readonly Maybe[], like: Vector): Tensor[] {
  return like.map((x, i) => cotangents[i] ?? zeros(x.shape));
}

/** Hestenes and Stiefel 1952, from zero. A direction without positive curvature, or of no length, is not taken. */
function conjugateGradient(matrix: Matrix, b: Vector, options: SolveOptions): Vector {
  const { iterations = 20, batchAxes = 0 } = options;
  const dot = (x: Vector, y: Vector): Tensor => x.map((a, i) => dotOf(a, y[i]!, batchAxes)).reduce(add2);
  let x: Vector = b.map((leaf) => zeros(leaf.shape));
  let [residual, direction, squared] = [b, b, dot(b, b)];
  for (let i = 0; i < iterations; i++) {
    const image = matrix(direction);
    const length = ratio(squared, dot(direction, image));
    x = axpy(length, direction, x);
    residual = axpy(neg(length), image, residual);
    const next = dot(residual, residual);
    direction = axpy(ratio(next, squared), direction, residual);
    squared = next;
  }
  return x;
}

const add2 = (a: Tensor, b: Tensor): Tensor => add(a, b);

/** `[...batch]` */
function dotOf(a: Tensor, b: Tensor, batchAxes: number): Tensor {
  const axes = a.shape.map((_, axis) => axis).slice(batchAxes);
  return sum(mul(a, b), axes);
}

function ratio(a: Tensor, b: Tensor): Tensor {
  const positive = greater(b, 0);
  return where(positive, div(a, where(positive, b, 1)), 0);
}

/** `scale x + y`, with one scale for each system. */
function axpy(scale: Tensor, x: Vector, y: Vector): Vector {
  return x.map((leaf, i) => {
    const ones = leaf.shape.slice(scale.shape.length).fill(1);
    return add(mul(reshape(scale, [...scale.shape, ...ones]), leaf), y[i]!);
  });
}

/** Writes out the matrix column by column; `solveSpd` does the rest. */
function dense(matrix: Matrix, b: Vector, { batchAxes = 0 }: SolveOptions): Vector {
  const columns = unitVectors(b, batchAxes).map((unit) => flat(matrix(unit), batchAxes));
  const solution = solveSpd(stack(columns, -1), unsqueeze(flat(b, batchAxes), -1));
  return unflat(squeeze(solution, -1), b, batchAxes);
}

function unitVectors(like: Vector, batchAxes: number): Vector[] {
  return like.flatMap((own, which) => {
    const rest = own.shape.slice(batchAxes);
    return Array.from({ length: sizeOf(rest) }, (_, at) => {
      const one = new Float32Array(sizeOf(rest));
      one[at] = 1;
      return like.map((x, i) => (i === which ? expand(constant(one, rest), x.shape) : zeros(x.shape)));
    });
  });
}

/** `[...batch, n]` */
function flat(vector: Vector, batchAxes: number): Tensor {
  const rows = vector.map((x) => {
    const [batch, rest] = [x.shape.slice(0, batchAxes), x.shape.slice(batchAxes)];
    return reshape(x, [...batch, sizeOf(rest)]);
  });
  return concat(rows, batchAxes);
}

function unflat(x: Tensor, like: Vector, batchAxes: number): Tensor[] {
  let at = 0;
  return like.map((leaf) => {
    const size = sizeOf(leaf.shape.slice(batchAxes));
    return reshape(slice(x, batchAxes, at, (at += size)), leaf.shape);
  });
}
