import type { Tensor } from "../../tensor.ts";
import type { NodeView } from "../node-view.ts";
import * as t from "../ops.ts";
import type { Rows } from "./row.ts";

function checkPlain(node: NodeView): void {
  const after = node.text("post_transform") ?? "NONE";
  if (after !== "NONE") throw node.fail('post_transform "NONE"', `"${after}"`);
}

function scaler(node: NodeView): Tensor {
  const [offset, scale] = [node.numbers("offset") ?? [0], node.numbers("scale") ?? [1]];
  return t.mul(t.sub(t.cast(node.input(0), "float32"), t.constant(offset)), t.constant(scale));
}

/** `x W^T + b`. `[n, features] -> [n, targets]` */
function linearRegressor(node: NodeView): Tensor {
  checkPlain(node);
  const x = t.cast(node.input(0), "float32");
  const targets = node.number("targets") ?? 1;
  const weight = t.constant(node.numbers("coefficients") ?? [], [targets, x.shape.at(-1) ?? 0]);
  const bias = t.constant(node.numbers("intercepts") ?? new Array<number>(targets).fill(0));
  return t.add(t.matmul(x, weight, { transposeB: true }), bias);
}

function normalizer(node: NodeView): Tensor {
  const x = t.cast(node.input(0), "float32");
  const kind = node.text("norm") ?? "MAX";
  const norms: Readonly<Record<string, (y: Tensor) => Tensor>> = {
    MAX: (y) => t.max(t.abs(y), -1, true),
    L1: (y) => t.sum(t.abs(y), -1, true),
    L2: (y) => t.sqrt(t.sum(t.square(y), -1, true)),
  };
  const norm = norms[kind]?.(x);
  if (norm === undefined) throw node.fail("norm MAX, L1 or L2", `"${kind}"`);
  return t.div(x, t.where(t.equal(norm, 0), 1, norm));
}

/** Of the domain `ai.onnx.ml`, what converters of scikit-learn write for scaling and linear models. */
export const classical: Rows = { Scaler: scaler, LinearRegressor: linearRegressor, Normalizer: normalizer };
