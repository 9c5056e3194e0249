import { ForetasteError } from "../../base/errors.ts";
import { topological } from "../grad.ts";
import { expand, padRank } from "../ops/broadcast.ts";
import { input } from "../ops/leaf.ts";
import { transpose } from "../ops/structure.ts";
import { sameShape } from "../shape.ts";
import { apply, formatShape, shapeError, type Tensor } from "../tensor.ts";
import { flatten, type MapTree, mapTree, type Tree } from "../tree.ts";

/** Where the tasks are counted. */
export interface MapOptions {
  /** Which axis of every input counts the tasks; the first by default, negative ones from the end. */
  readonly axis?: number;
}

/**
 * Runs a function written for one task on a stack of tasks, by rule and not by loop: `fn` is traced once, and every
 * operator that depends on a task is made again with the tasks' axis in front. What does not depend on one is shared,
 * so that a weight outside meets all tasks in one large product. `fn` may use `grad` and `map`; `grad` may be taken of
 * what comes out.
 *
 * @param fn takes the tensors of one task, without the axis, and returns a tensor or a tree of tensors
 * @param inputs a tensor or a tree of tensors; `[tasks, ...]` is `[...]` to `fn`
 * @returns what `fn` returns, `[tasks, ...]`
 * @throws SHAPE naming the input that has another number of tasks, or none
 * @example const losses = map(({ x, y }) => mean(square(sub(matmul(x, w), y))), { x, y }); // [tasks]
 */
export function map<I extends Tensor | Tree<Tensor>, O extends Tensor | Tree<Tensor>>(
  fn: (task: MapTree<I, Tensor, Tensor>) => O,
  inputs: I,
  { axis = 0 }: MapOptions = {},
): MapTree<O, Tensor, Tensor> {
  const stacks = new Map<Tensor, Tensor>();
  const task = mapTree<I, Tensor, Tensor>(inputs, (x, path) => {
    const stack = tasksFirst(x, path, axis);
    const hole = input(path === "" ? "task" : path, stack.shape.slice(1), stack.dtype);
    stacks.set(hole, stack);
    return hole;
  });
  const size = countTasks(inputs, axis);
  const results = fn(task);
  const roots = flatten<Tensor>(results as Tree<Tensor>).map(([, root]) => root);
  const oldest = Math.min(...Array.from(stacks.keys(), (hole) => hole.id));
  for (const node of topological(roots, oldest)) batchNode(node, stacks);
  return mapTree<O, Tensor, Tensor>(results, (x) => stacks.get(x) ?? expand(x, [size, ...x.shape]));
}

/** Makes a node again on stacks, if one of its inputs has become one. */
function batchNode(node: Tensor, stacks: Map<Tensor, Tensor>): void {
  const stacked = node.inputs.map((x) => stacks.has(x));
  if (!stacked.includes(true)) return;
  const inputs = node.inputs.map((x) => stacks.get(x) ?? x);
  const stack = node.op.batch?.(node, inputs, stacked) ?? batchPointwise(node, inputs, stacked);
  const shape = [inputs[stacked.indexOf(true)]!.shape[0]!, ...node.shape];
  if (!sameShape(stack.shape, shape)) throw ruleError(node, formatShape(shape), formatShape(stack.shape));
  stacks.set(node, stack);
}

/** The rule of operators that work element by element: axes of size one stand between the stack's and each operand's. */
function batchPointwise(node: Tensor, inputs: readonly Tensor[], stacked: readonly boolean[]): Tensor {
  const rank = node.shape.length;
  if (node.inputs.some((x) => x.shape.length > rank))
    throw ruleError(node, "one, for it does not work element by element", "none");
  const aligned = inputs.map((x, i) => (stacked[i] ? padRank(x, rank) : x));
  return apply(node.op, aligned, node.attributes);
}

function ruleError(node: Tensor, expected: string, got: string): ForetasteError {
  return new ForetasteError("INTERNAL", {
    where: `batching rule of operator ${node.op.name}`,
    expected,
    got,
  });
}

function tasksFirst(x: Tensor, path: string, axis: number): Tensor {
  const at = axis < 0 ? axis + x.shape.length : axis;
  if (x.shape[at] === undefined) throw shapeError(`map${named(path)}`, [x], `tasks along axis ${axis}`);
  const rest = x.shape.map((_, i) => i).filter((i) => i !== at);
  return at === 0 ? x : transpose(x, [at, ...rest]);
}

/** The number of tasks, which all inputs share. */
function countTasks(inputs: Tensor | Tree<Tensor>, axis: number): number {
  const [first, ...others] = flatten<Tensor>(inputs);
  if (first === undefined)
    throw new ForetasteError("SHAPE", { where: "map", expected: "at least one input", got: "none" });
  const size = first[1].shape.at(axis)!;
  const wrong = others.find(([, x]) => x.shape.at(axis) !== size);
  if (wrong !== undefined) {
    const expected = `${size} tasks along axis ${axis} as in "${first[0]}"`;
    throw shapeError(`map${named(wrong[0])}`, [wrong[1]], expected);
  }
  return size;
}

const named = (path: string): string => (path === "" ? "" : `, input "${path}"`);
