import { reshape } from "../../ops/broadcast.ts";
import { div, mul } from "../../ops/elementwise.ts";
import { sameShape } from "../../shape.ts";
import type { Shape, Tensor } from "../../tensor.ts";
import { added, negated, plain, product, scaled, type Terms, transposed } from "./terms.ts";

/** What a matrix is the sum of. */
export type TermsOf = (matrix: Tensor) => Terms;

/** Rows and columns: the last two axes. */
const face = (x: Tensor): Shape => x.shape.slice(-2);
const oneEach = (x: Tensor): boolean => face(x).every((n) => n === 1);
const isMatrix = (x: Tensor): boolean => x.shape.length >= 2 && !oneEach(x);
const faceOf = (node: Tensor, x: Tensor): boolean => isMatrix(x) && sameShape(face(x), face(node));

/** The matrices that a node is a linear combination of, element by element; empty where it is something else. */
export function addends(node: Tensor): readonly Tensor[] {
  const [a, b] = node.inputs as [Tensor, Tensor];
  switch (node.op.name) {
    case "add":
    case "sub":
      return faceOf(node, a) && faceOf(node, b) ? [a, b] : [];
    case "mul":
      return faceOf(node, a) && oneEach(b) ? [a] : faceOf(node, b) && oneEach(a) ? [b] : [];
    case "div":
      return faceOf(node, a) && oneEach(b) ? [a] : [];
    case "neg":
    case "expand":
      return faceOf(node, a) ? [a] : [];
    case "transpose":
      return isMatrix(node) && swapsLastTwo(node) ? [a] : [];
    default:
      return [];
  }
}

export function swapsLastTwo(node: Tensor): boolean {
  const { permutation } = node.attributes as { readonly permutation: readonly number[] };
  const rank = permutation.length;
  return permutation.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
}

/** The node as a sum, given its addends as sums. */
export function combined(node: Tensor, termsOf: TermsOf): Terms {
  const [a, b] = node.inputs as [Tensor, Tensor];
  switch (node.op.name) {
    case "matmul":
    case "reshape":
      return factorsOf(node);
    case "add":
      return added(termsOf(a), termsOf(b));
    case "sub":
      return added(termsOf(a), negated(termsOf(b)));
    case "mul":
      return oneEach(b) ? scaled(termsOf(a), b, mul) : scaled(termsOf(b), a, mul);
    case "div":
      return scaled(termsOf(a), b, div);
    case "neg":
      return negated(termsOf(a));
    case "expand":
      return termsOf(a);
    case "transpose":
      return transposed(termsOf(a));
    default:
      return plain(node);
  }
}

/** A product of two tensors, or rows of one with a shared matrix that were multiplied all at once. */
export function isProduct(node: Tensor): boolean {
  return node.op.name === "matmul" || foldedProduct(node) !== undefined;
}

/** `reshape(A B)` where the reshape only parts the rows of `A`. */
export function foldedProduct(node: Tensor): Tensor | undefined {
  const inner = node.op.name === "reshape" ? node.inputs[0] : undefined;
  if (inner?.op.name !== "matmul" || inner.shape.length !== 2 || node.shape.length < 3) return undefined;
  const { transposeA } = inner.attributes as { transposeA: boolean };
  return !transposeA && node.shape.at(-1) === inner.shape[1] ? inner : undefined;
}

function factorsOf(node: Tensor): Terms {
  const folded = foldedProduct(node);
  if (folded !== undefined) {
    const rows = folded.inputs[0]!;
    const [term] = factorsOf(folded);
    const source = rows.op.name === "reshape" ? rows.inputs[0]! : rows;
    const left = { x: reshape(source, [...node.shape.slice(0, -1), rows.shape[1]!]), transposed: false };
    return product(left, term!.right!);
  }
  const [a, b] = node.inputs as [Tensor, Tensor];
  const { transposeA, transposeB } = node.attributes as { transposeA: boolean; transposeB: boolean };
  return product({ x: a, transposed: transposeA }, { x: b, transposed: transposeB });
}
