import { expand } from "../ops/broadcast.ts";
import { apply, type Emitter, type Op, sizeOf, type Tensor } from "../tensor.ts";

const identityOp: Op<null> = {
  name: "identity",
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  vjp: (_, cotangent) => [cotangent],
  reference: ([x], _, out) => out.set(x!.data),
  lower: (emit, [x]) => emit.node("Identity", [x!]),
};

/** The same value as a new node, so that a derivative can be taken with respect to this use of it only. */
export function identity(x: Tensor): Tensor {
  return apply(identityOp, [x], null);
}

/** Some number that is known once all of its inputs are; which one is of no interest. */
const knownOp: Op<null> = {
  name: "known",
  infer: () => ({ shape: [], dtype: "float32" }),
  vjp: (node) => node.inputs.map(() => undefined),
  reference: () => {},
  lower(emit, inputs, node) {
    const first = inputs.map((x, i) => emitFirst(emit, x, node.inputs[i]!.shape.length));
    return first.length === 1 ? first[0]! : emit.node("Sum", first);
  },
  batch: (_, inputs, stacked) =>
    expand(apply(knownOp, inputs, null), [inputs[stacked.indexOf(true)]!.shape[0]!]),
};

/** The first element as a scalar. */
function emitFirst(emit: Emitter, x: string, rank: number): string {
  if (rank === 0) return x;
  const zeros = new Array<number>(rank).fill(0);
  const [starts, ends] = [emit.ints(zeros), emit.ints(zeros.map(() => 1))];
  const one = emit.node("Slice", [x, starts, ends, emit.ints(zeros.map((_, axis) => axis))]);
  return emit.node("Reshape", [one, emit.ints([])]);
}

const afterOp: Op<null> = {
  name: "after",
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  vjp: (_, cotangent) => [cotangent, undefined],
  reference: ([x], _, out) => out.set(x!.data),
  lower(emit, [x, signal], node) {
    const first = emitFirst(emit, signal!, node.inputs[1]!.shape.length);
    return emit.node("Where", [emit.node("Less", [first, emit.scalar(0)]), x!, x!]);
  },
  batch: (_, [x, signal], [own]) =>
    apply(afterOp, [own ? x! : expand(x!, [signal!.shape[0]!, ...x!.shape]), signal!], null),
};

/**
 * The same tensors, but not before the others are known: whatever is computed from them waits. Lowered to a `Where`
 * between `x` and `x`, which onnxruntime does not see through, and which lets nothing of the others into the result,
 * not even a not-a-number. float32 and int32 only; booleans do not wait.
 */
export function after(tensors: readonly Tensor[], others: readonly Tensor[]): Tensor[] {
  const telling = others.filter((x) => x.dtype === "float32" && sizeOf(x.shape) > 0);
  if (telling.length === 0) return tensors.map(identity);
  const signal = apply(knownOp, telling, null);
  return tensors.map((x) => (x.dtype === "bool" ? identity(x) : apply(afterOp, [x, signal], null)));
}
