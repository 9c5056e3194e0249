import { ForetasteError } from "../../base/errors.ts";
import { expand, sum } from "../ops/broadcast.ts";
import { apply, type Op, type Shape, type Tensor } from "../tensor.ts";
import { bundle, type Maybe, slotsOf } from "./bundle.ts";
import { map } from "./map.ts";

/**
 * A derivative given by hand. It takes everything from its arguments, never from a closure, because the graph it sits
 * in may be made again with other tensors in their place.
 *
 * @param cotangents one for each output; `undefined` where none came
 * @param inputs what the outputs depend on
 * @param outputs their plain values
 * @param wanted the inputs whose cotangents will be used
 * @returns one cotangent for each input; `undefined` where none flows
 */
export type CustomRule = (
  cotangents: readonly Maybe[],
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  wanted: readonly boolean[],
) => readonly Maybe[];

interface JointAttributes {
  readonly count: number;
  readonly rule: CustomRule;
  readonly shape: Shape;
}

/** Holds the rule; its inputs are the outputs' values and then what they depend on. It has no elements. */
const jointOp: Op<JointAttributes> = {
  name: "joint",
  infer: (_, { shape }) => ({ shape, dtype: "float32" }),
  vjp(node, cotangent, wanted) {
    const { count, rule } = node.attributes;
    const [outputs, inputs] = [node.inputs.slice(0, count), node.inputs.slice(count)];
    const parts = rule(slotsOf(cotangent), inputs, outputs, wanted.slice(count));
    return [...new Array<undefined>(count).fill(undefined), ...parts];
  },
  reference: () => {},
  lower: neverRuns,
  batch(node, inputs, stacked) {
    const { count, rule, shape } = node.attributes;
    const tasks = inputs[stacked.indexOf(true)]!.shape[0]!;
    const all = inputs.map((x, i) => (i < count ? stackedOnce(x, stacked[i]!, tasks) : x));
    const mapped = mappedRule(rule, stacked.slice(count));
    return apply(jointOp, all, { count, rule: mapped, shape: [tasks, ...shape] });
  },
};

/** One output of a joint: the value of its first input with the derivative of the second. */
const partOp: Op<{ readonly index: number }> = {
  name: "part",
  infer: ([value]) => ({ shape: value!.shape, dtype: value!.dtype }),
  vjp(node, cotangent) {
    const joint = node.inputs[1] as Tensor<JointAttributes>;
    const slots = new Array<Maybe>(joint.attributes.count).fill(undefined);
    slots[node.attributes.index] = cotangent;
    return [undefined, bundle(slots)];
  },
  reference: ([value], _, out) => out.set(value!.data),
  lower: (emit, [value]) => emit.node("Identity", [value!]),
  batch: (node, [value, joint], [stacked]) =>
    apply(partOp, [stackedOnce(value!, stacked!, joint!.shape[0]!), joint!], node.attributes),
};

const stackedOnce = (x: Tensor, stacked: boolean, tasks: number): Tensor =>
  stacked ? x : expand(x, [tasks, ...x.shape]);

/** The rule on stacks of cotangents and outputs; an input that all tasks share gets the sum of theirs. */
function mappedRule(rule: CustomRule, stacked: readonly boolean[]): CustomRule {
  return (cotangents, inputs, outputs, wanted) => {
    const own = inputs.filter((_, i) => stacked[i]);
    const parts = map(
      (task) => {
        const mine = Object.values<Tensor>(task.inputs);
        const all = inputs.map((x, i) => (stacked[i] ? mine.shift()! : x));
        const some = cotangents.map((_, i) => (task.cotangents as Record<string, Tensor>)[i]);
        return asTree(rule(some, all, Object.values<Tensor>(task.outputs), wanted));
      },
      { cotangents: asTree(cotangents), inputs: asTree(own), outputs: asTree(outputs) },
    ) as Readonly<Record<string, Tensor>>;
    return inputs.map((_, i) => (stacked[i] || !parts[i] ? parts[i] : sum(parts[i], 0)));
  };
}

/** The entries that are there, by position. */
export function asTree(list: readonly Maybe[]): Record<string, Tensor> {
  const there = [...list.entries()].filter((entry): entry is [number, Tensor] => entry[1] !== undefined);
  return Object.fromEntries(there);
}

/** The outputs with a derivative of their own, taken jointly: one call of the rule however many outputs there are. */
export function custom(outputs: readonly Tensor[], inputs: readonly Tensor[], rule: CustomRule): Tensor[] {
  const attributes = { count: outputs.length, rule, shape: [0] };
  const joint = apply(jointOp, [...outputs, ...inputs], attributes);
  return outputs.map((value, index) => apply(partOp, [value, joint], { index }));
}

function neverRuns(): never {
  const parts = { where: "custom derivative", expected: "to be gone after simplifying", got: "a lowering" };
  throw new ForetasteError("INTERNAL", parts);
}
