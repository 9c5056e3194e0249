import { add } from "../ops/elementwise.ts";
import { apply, type Op, type Tensor } from "../tensor.ts";

export type Maybe = Tensor | undefined;

/** Cotangents of several outputs, travelling as one while derivatives accumulate; never part of a graph. */
const bundleOp: Op<readonly Maybe[]> = {
  name: "bundle",
  infer: () => ({ shape: [0], dtype: "float32" }),
  vjp: () => [],
  reference: () => {},
  lower: () => "",
};

export function bundle(slots: readonly Maybe[]): Tensor {
  return apply(bundleOp, [], slots);
}

export function slotsOf(bundled: Tensor): readonly Maybe[] {
  return bundled.attributes as readonly Maybe[];
}

/** `a + b`, for bundles slot by slot. */
export function addCotangents(a: Tensor, b: Tensor): Tensor {
  if (a.op.name !== bundleOp.name) return add(a, b);
  const others = slotsOf(b);
  return bundle(slotsOf(a).map((x, i) => plus(x, others[i])));
}

/** The sum of what is there. */
export function plus(x: Maybe, y: Maybe): Maybe {
  return x && y ? add(x, y) : (x ?? y);
}
