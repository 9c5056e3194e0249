import type { Params } from "../../../models/model.ts";
import { add, exp, matvec, mul, type Tensor, tanh, transpose } from "../../../tensor/index.ts";
import type { Method } from "../method.ts";
import { fromContent, idMethod } from "./item-id.ts";

/**
 * MetaEmb (Pan et al. 2019, sec. 4): a generator makes the first ID embedding of a new item from its attributes, `e^g
 * tanh(W z + b)`, such that it serves well at once and better still after gradient steps on few events.
 */
export const metaEmb: Method = idMethod("meta-emb", "MetaEmb", {
  shapes: (world) => ({ generator: fromContent(world), logGain: [] }),
  start: (path) => (path === "logGain" ? { fill: Math.log(0.1) } : undefined),
  first: (own, { anchor }) =>
    mul(tanh(generated(own["generator"] as Params<Tensor>, anchor)), exp(own["logGain"] as Tensor)),
});

/**
 * The base network of MetaEmb's comparison: every new item starts from the same ID embedding, a learned one, which is
 * warmed by the same gradient steps.
 */
export const sameId: Method = idMethod("same-id", "ID embedding from one start", {
  shapes: ({ spec }) => ({ mean: [spec.size] }),
  first: (own) => own["mean"] as Tensor,
});

/** `W z + b`, `b` without attributes. `[size]` */
export function generated({ weight, bias }: Params<Tensor>, anchor: Tensor | undefined): Tensor {
  if (weight === undefined || anchor === undefined) return bias as Tensor;
  return add(matvec(transpose(weight as Tensor), anchor), bias as Tensor);
}
