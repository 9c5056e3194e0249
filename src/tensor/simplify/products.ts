import { reshape } from "../ops/broadcast.ts";
import { ones } from "../ops/leaf.ts";
import { matmul } from "../ops/matmul.ts";
import { sizeOf, type Tensor } from "../tensor.ts";
import { madeBy, type Rule, rule } from "./rule.ts";

/** For fewer elements starting another operator takes longer than it saves. */
const WORTHWHILE = 1024;

const axesOf = (node: Tensor): readonly number[] => (node.attributes as { axes: readonly number[] }).axes;

/** onnxruntime 1.30 multiplies many rows by ones faster than it sums them. */
function sumOfRows(node: Tensor): Tensor | undefined {
  const x = node.inputs[0]!;
  const width = x.shape.at(-1) ?? 0;
  const axes = axesOf(node);
  const allButLast = axes.length === x.shape.length - 1 && !axes.includes(axes.length);
  if (!allButLast || width < 8 || sizeOf(x.shape) < WORTHWHILE) return undefined;
  const rows = sizeOf(x.shape) / width;
  return reshape(matmul(ones([1, rows]), reshape(x, [rows, width])), node.shape);
}

/** `sum(x * v)` over the last axis with one `v` for all rows. */
function sharedDot(node: Tensor): Tensor | undefined {
  const product = madeBy("mul", node.inputs[0]);
  const last = (product?.shape.length ?? 0) - 1;
  if (product === undefined || last < 1 || axesOf(node).join() !== String(last)) return undefined;
  const width = product.shape[last]!;
  const [a, b] = product.inputs as [Tensor, Tensor];
  const isShared = (v: Tensor): boolean => sizeOf(v.shape) === width && v.shape.at(-1) === width;
  const [x, v] = isShared(b) ? [a, b] : [b, a];
  if (width < 2 || !isShared(v) || sizeOf(x.shape) !== sizeOf(product.shape)) return undefined;
  if (sizeOf(x.shape) < WORTHWHILE) return undefined;
  return reshape(matmul(reshape(x, [sizeOf(x.shape) / width, width]), reshape(v, [width, 1])), node.shape);
}

/** Sums that are faster as matrix products. */
export const products: readonly Rule[] = [
  rule("the sum of many rows is a product with ones", "sum", sumOfRows),
  rule("rows times one vector, summed, are a product", "sum", sharedDot),
];
