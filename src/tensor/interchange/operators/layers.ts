import { broadcastShapes } from "../../shape.ts";
import { sizeOf, type Tensor } from "../../tensor.ts";
import type { NodeView } from "../node-view.ts";
import * as t from "../ops.ts";
import { axisAt, type Rows } from "./row.ts";

/** A vector is a row on the left and a column on the right, and leaves no axis behind. */
function product(a: Tensor, b: Tensor): Tensor {
  if (a.shape.length === 1 && b.shape.length === 1) return t.dot(a, b);
  if (a.shape.length === 1) return t.squeeze(t.matmul(t.unsqueeze(a, 0), b), -2);
  return b.shape.length === 1 ? t.matvec(a, b) : t.matmul(a, b);
}

function gemm(node: NodeView): Tensor {
  const [a, b, c] = [node.input(0), node.input(1), node.optional(2)];
  const options = { transposeA: node.number("transA") === 1, transposeB: node.number("transB") === 1 };
  const scaled = (x: Tensor, by: number | undefined): Tensor =>
    by === undefined || by === 1 ? x : t.mul(x, by);
  const ab = scaled(t.matmul(a, b, options), node.number("alpha"));
  const beta = node.number("beta");
  return c === undefined ? ab : t.add(ab, scaled(c, beta));
}

function layerNormalisation(node: NodeView): readonly Tensor[] {
  const [x, scale, bias] = [node.input(0), node.input(1), node.optional(2)];
  node.ignore("stash_type");
  const axis = axisAt(node, node.number("axis") ?? -1, x.shape.length);
  const epsilon = node.number("epsilon") ?? 1e-5;
  const layer = x.shape.slice(axis);
  const whole = (y: Tensor): Tensor => t.expand(y, layer);
  const y = t.layerNorm(x, whole(scale), bias === undefined ? t.zeros(layer) : whole(bias), {
    axis,
    epsilon,
  });
  const axes = layer.map((_, i) => axis + i);
  const centre = t.mean(x, axes, true);
  const variance = t.mean(t.square(t.sub(x, centre)), axes, true);
  return [y, centre, t.rsqrt(t.add(variance, epsilon))];
}

/** `x / sqrt(mean x^2 + epsilon) * scale` (Zhang and Sennrich 2019, eq. 4). */
function rmsNormalisation(node: NodeView): Tensor {
  const [x, scale] = [node.input(0), node.input(1)];
  node.ignore("stash_type");
  const axis = axisAt(node, node.number("axis") ?? -1, x.shape.length);
  const axes = x.shape.slice(axis).map((_, i) => axis + i);
  const power = t.add(t.mean(t.square(x), axes, true), node.number("epsilon") ?? 1e-5);
  return t.mul(t.mul(x, t.rsqrt(power)), scale);
}

/** By what was learned of each channel, the second axis. */
function batchNormalisation(node: NodeView): Tensor {
  node.ignore("momentum", "spatial", "is_test");
  if (node.number("training_mode") === 1)
    throw node.fail("normalisation as for inference", "training_mode 1");
  const x = node.input(0);
  const wide = (at: number): Tensor => t.reshape(node.input(at), [-1, ...x.shape.slice(2).map(() => 1)]);
  const factor = t.mul(wide(1), t.rsqrt(t.add(wide(4), node.number("epsilon") ?? 1e-5)));
  return t.add(t.mul(t.sub(x, wide(3)), factor), wide(2));
}

/** Rows of unit length along an axis; zeros stay zeros. */
function lpNormalisation(node: NodeView): Tensor {
  const x = node.input(0);
  const axis = axisAt(node, node.number("axis") ?? -1, x.shape.length);
  const p = node.number("p") ?? 2;
  if (p !== 1 && p !== 2) throw node.fail("p 1 or 2", String(p));
  const norm = p === 1 ? t.sum(t.abs(x), axis, true) : t.sqrt(t.sum(t.square(x), axis, true));
  return t.div(x, t.where(t.equal(norm, 0), 1, norm));
}

/** A product of two tensors in Einstein's notation, every letter once in each operand. */
function einsum(node: NodeView): Tensor {
  const equation = (node.text("equation") ?? "").replaceAll(" ", "");
  const [left = "", given] = equation.split("->");
  const terms = left.split(",");
  const letters = Array.from(left.replaceAll(",", "")).sort();
  // Without an arrow the result has what stands once, in the order of the alphabet.
  const right = given ?? letters.filter((x) => letters.indexOf(x) === letters.lastIndexOf(x)).join("");
  const once = [...terms, right].every(
    (term) => /^[A-Za-z]*$/.test(term) && new Set(term).size === term.length,
  );
  const [first, second] = [node.input(0), node.optional(1)];
  if (!once || terms.length !== node.inputs().length || terms.length > 2)
    throw node.fail("one or two terms with every letter once in each", `"${equation}"`);
  const a: Labelled = { x: first, labels: Array.from(terms[0] ?? "") };
  const b: Labelled =
    second === undefined
      ? { x: t.constant(1), labels: [] }
      : { x: second, labels: Array.from(terms[1] ?? "") };
  return contract(a, b, Array.from(right));
}

interface Labelled {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

/** Axes in the order of `wanted`, size one where a label is missing; labels that nobody wants are summed. */
function arranged({ x, labels }: Labelled, wanted: readonly string[]): Tensor {
  const lost = labels.flatMap((label, axis) => (wanted.includes(label) ? [] : [axis]));
  const kept = labels.filter((label) => wanted.includes(label));
  const summed = lost.length === 0 ? x : t.sum(x, lost);
  const order = wanted.filter((label) => kept.includes(label));
  const turned =
    order.length < 2
      ? summed
      : t.transpose(
          summed,
          order.map((label) => kept.indexOf(label)),
        );
  const sizes = new Map(order.map((label, axis) => [label, turned.shape[axis] ?? 1]));
  return t.reshape(
    turned,
    wanted.map((label) => sizes.get(label) ?? 1),
  );
}

/** As one batched matrix product: shared labels of the result in front, then own ones, then those summed over. */
function contract(a: Labelled, b: Labelled, out: readonly string[]): Tensor {
  const both = a.labels.filter((label) => b.labels.includes(label));
  const batch = both.filter((label) => out.includes(label));
  const inner = both.filter((label) => !out.includes(label));
  const [ownA, ownB] = [a, b].map(({ labels }) =>
    labels.filter((label) => !both.includes(label) && out.includes(label)),
  ) as [string[], string[]];
  const [left, right] = [
    arranged(a, [...batch, ...ownA, ...inner]),
    arranged(b, [...batch, ...ownB, ...inner]),
  ];
  const sizes = (x: Tensor, from: number, count: number): readonly number[] =>
    x.shape.slice(from, from + count);
  const lead = sizes(left, 0, batch.length);
  const face = (x: Tensor, own: number): Tensor =>
    t.reshape(x, [...lead, sizeOf(sizes(x, batch.length, own)), sizeOf(x.shape.slice(batch.length + own))]);
  const cell = t.matmul(face(left, ownA.length), face(right, ownB.length), { transposeB: true });
  const shape = [
    ...lead,
    ...sizes(left, batch.length, ownA.length),
    ...sizes(right, batch.length, ownB.length),
  ];
  return arranged({ x: t.reshape(cell, shape), labels: [...batch, ...ownA, ...ownB] }, out);
}

/** onnxruntime's product with transposes in it. */
export function fusedProduct(node: NodeView): Tensor {
  const [a, b] = [node.input(0), node.input(1)];
  if (node.number("transBatchA") === 1 || node.number("transBatchB") === 1)
    throw node.fail("transBatchA and transBatchB 0", "1");
  const options = { transposeA: node.number("transA") === 1, transposeB: node.number("transB") === 1 };
  const fits = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)) !== undefined;
  if (a.shape.length < 2 || b.shape.length < 2 || !fits)
    throw node.fail("matrices", `ranks ${a.shape.length} and ${b.shape.length}`);
  return t.mul(t.matmul(a, b, options), node.number("alpha") ?? 1);
}

/** Products and normalisations. */
export const layers: Rows = {
  MatMul: (node) => product(node.input(0), node.input(1)),
  Gemm: gemm,
  Einsum: einsum,
  LayerNormalization: layerNormalisation,
  RMSNormalization: rmsNormalisation,
  BatchNormalization: batchNormalisation,
  LpNormalization: lpNormalisation,
};
