import { ForetasteError } from "../../base/errors.ts";
import type { TensorTree } from "../grad.ts";
import { reshape } from "../ops/broadcast.ts";
import { slice, stack } from "../ops/structure.ts";
import { sameShape } from "../shape.ts";
import { formatShape, type Tensor } from "../tensor.ts";
import { flatten, mapTree } from "../tree.ts";
import { checkpointed } from "./checkpoint.ts";

/** Nothing to read or to collect at each step. */
export type NoTensors = { readonly [key: string]: never };

/** How often a step is applied, what it reads, and what is kept for derivatives. */
export interface UnrollOptions<I extends TensorTree = TensorTree> {
  /** How often; a whole number of at least one. */
  readonly steps: number;
  /** What each step reads of its own: every leaf is `[steps, ...]`, and step `i` gets row `i` without that axis. */
  readonly inputs?: I;
  /**
   * Keep only every so many carries for the backward pass and compute what lies between again (Chen et al. 2016);
   * `sqrt(steps)` needs the least memory. All is kept by default.
   */
  readonly checkpointEvery?: number;
}

/** One step: `[next carry, output of this step]`. */
export type Step<C extends TensorTree, O extends TensorTree, I extends TensorTree> = (
  carry: C,
  inputs: I,
  index: number,
) => readonly [carry: C, output: O];

/**
 * Applies a step again and again, written out in the graph: the inner loop of a meta-learner, a recurrence, a solver.
 *
 * @param init the first carry, a tensor or a tree; every step must return the same nesting, shapes and dtypes
 * @returns the last carry, and the outputs of all steps stacked: every leaf `[steps, ...]`
 * @throws SHAPE naming step and leaf when a carry or an output changes its shape; CONFIG when `steps` is no whole number
 * @example
 * const [fast, losses] = unroll((w: Tensor) => {
 *   const [loss, g] = valueAndGrad(supportLoss, w);
 *   return [sub(w, mul(0.1, g)), loss];
 * }, prior, { steps: 5 });
 */
export function unroll<
  C extends TensorTree,
  O extends TensorTree = NoTensors,
  I extends TensorTree = NoTensors,
>(step: Step<C, O, I>, init: C, options: UnrollOptions<I>): [carry: C, outputs: O] {
  const { steps, inputs = {} as I, checkpointEvery = steps } = options;
  checkCount("steps", steps);
  checkCount("checkpointEvery", checkpointEvery);
  const rows = rowsOf(inputs, steps);
  const outputs: TensorTree[] = [];
  const shared = new Map<Tensor, Tensor>();
  let carry: C = init;
  for (let start = 0; start < steps; start += checkpointEvery) {
    const segment = segmentOf(step, { init, start });
    const from = { carry, rows: numbered(rows.slice(start, start + checkpointEvery)) };
    const done = checkpointEvery < steps ? checkpointed(segment, from, shared) : segment(from);
    carry = done.carry as C;
    outputs.push(...Object.values(done.outputs));
  }
  return [carry, stackTrees(outputs as O[])];
}

/** A list as a tree. */
type Numbered = { readonly [index: string]: TensorTree };
type SegmentInput = { readonly carry: TensorTree; readonly rows: Numbered };
type SegmentOutput = { readonly carry: TensorTree; readonly outputs: Numbered };

const numbered = (list: readonly TensorTree[]): Numbered => Object.fromEntries(list.entries());

/** Some steps in a row as one function. */
function segmentOf<C extends TensorTree, O extends TensorTree, I extends TensorTree>(
  step: Step<C, O, I>,
  { init, start }: { readonly init: C; readonly start: number },
): (from: SegmentInput) => SegmentOutput {
  return (from) => {
    const outputs: O[] = [];
    let carry = from.carry as C;
    Object.values(from.rows).forEach((row, i) => {
      const [next, output] = step(carry, row as I, start + i);
      checkSame(init, next, { what: "carry", step: start + i });
      outputs.push(output);
      carry = next;
    });
    return { carry, outputs: numbered(outputs) };
  };
}

/** Row `i` of every leaf, for each step. */
function rowsOf(inputs: TensorTree, steps: number): TensorTree[] {
  for (const [path, leaf] of flatten<Tensor>(inputs))
    if (leaf.shape[0] !== steps)
      throw misfit(`unroll, input "${path}"`, `[${steps}, ...], a row for each step`, kindOf(leaf));
  return Array.from({ length: steps }, (_, i) =>
    mapTree<TensorTree, Tensor, Tensor>(inputs, (leaf) =>
      reshape(slice(leaf, 0, i, i + 1), leaf.shape.slice(1)),
    ),
  );
}

function stackTrees<O extends TensorTree>(outputs: readonly O[]): O {
  const first = outputs[0]!;
  outputs.forEach((output, step) => checkSame(first, output, { what: "output", step }));
  const columns = outputs.map((output) => new Map(flatten<Tensor>(output)));
  return mapTree<O, Tensor, Tensor>(first, (_, path) =>
    stack(columns.map((leaf) => leaf.get(path)!)),
  ) as TensorTree as O;
}

/** Step by step the same nesting, shapes and dtypes. */
function checkSame(first: TensorTree, next: TensorTree, at: { what: string; step: number }): void {
  const wanted = flatten<Tensor>(first);
  const given = new Map(flatten<Tensor>(next));
  const where = (path: string): string => `unroll, step ${at.step}, ${at.what}${path && ` "${path}"`}`;
  for (const [path, leaf] of wanted) {
    const got = given.get(path);
    if (got?.dtype !== leaf.dtype || !sameShape(got.shape, leaf.shape))
      throw misfit(where(path), kindOf(leaf), got ? kindOf(got) : "nothing");
    given.delete(path);
  }
  for (const [path, extra] of given)
    throw misfit(
      where(path),
      `no more than ${wanted.map(([name]) => `"${name}"`).join(", ")}`,
      kindOf(extra),
    );
}

function checkCount(name: string, count: number): void {
  if (Number.isInteger(count) && count >= 1) return;
  const parts = { where: `unroll, ${name}`, expected: "a whole number of at least 1", got: String(count) };
  throw new ForetasteError("CONFIG", parts);
}

const kindOf = (x: Tensor): string => `${x.dtype}${formatShape(x.shape)}`;

function misfit(where: string, expected: string, got: string): ForetasteError {
  return new ForetasteError("SHAPE", { where, expected, got });
}
