import { topological } from "../grad.ts";
import { reshape } from "../ops/broadcast.ts";
import { max, min } from "../ops/reduce.ts";
import { concat } from "../ops/structure.ts";
import { type CompileOptions, compile } from "../program.ts";
import { simplify } from "../simplify/simplify.ts";
import type { HostArray, Tensor } from "../tensor.ts";
import { flatten, type MapTree, type Tree } from "../tree.ts";
import type { Ranges } from "./quantise.ts";
import { weightKey, weightOf } from "./weights.ts";

/**
 * Runs a program in float32 and measures the least and the largest number that meets each of its weights: what static
 * quantisation needs. Ranges belong to weights and not to shapes, so those of several programs can be joined.
 *
 * @param feeds typical ones, a run each
 * @example
 * const ranges = await calibrate({ x }, { y }, [{ x: typical }]);
 * const fast = await compile({ x }, { y }, { quantise: { activations: ranges } });
 */
export async function calibrate<I extends Tree<Tensor>>(
  inputs: I,
  outputs: Tree<Tensor>,
  feeds: Iterable<MapTree<I, Tensor, HostArray>>,
  options: CompileOptions = {},
): Promise<Ranges> {
  const uses = usesOf(flatten<Tensor>(outputs).map(([, tensor]) => tensor));
  if (uses.length === 0) return {};
  const ends = (end: typeof min): Tensor => concat(uses.map(({ x }) => reshape(end(x), [1])));
  const program = await compile(inputs, { least: ends(min), largest: ends(max) }, options);
  let ranges: Ranges = {};
  for (const feed of feeds) {
    const { least, largest } = await program.run(feed);
    uses.forEach(({ key }, i) => {
      ranges = joinRanges(ranges, { [key]: [least[i]!, largest[i]!] });
    });
  }
  await program.release();
  return ranges;
}

/** What is multiplied with which weight. */
function usesOf(outputs: readonly Tensor[]): { readonly key: string; readonly x: Tensor }[] {
  return topological(simplify(outputs)).flatMap((node) => {
    const weight = weightOf(node);
    return weight === undefined ? [] : [{ key: weightKey(weight), x: node.inputs[0]! }];
  });
}

/**
 * Ranges that cover both.
 *
 * @example joinRanges({ a: [0, 1] }, { a: [-1, 0], b: [0, 2] }) // { a: [-1, 1], b: [0, 2] }
 */
export function joinRanges(some: Ranges, others: Ranges): Ranges {
  const joined = { ...some };
  for (const [key, [least, largest]] of Object.entries(others)) {
    const [before, after] = joined[key] ?? [least, largest];
    joined[key] = [Math.min(before, least), Math.max(after, largest)];
  }
  return joined;
}
