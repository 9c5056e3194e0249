import type { Rng } from "../../../base/rng.ts";
import { type Shape, sizeOf, type Tree } from "../../../tensor/index.ts";
import type { TransformerConfig } from "../transformer/config.ts";
import type { Hooks } from "../transformer/hooks.ts";
import { leafAt, type Params, treeOf } from "../transformer/params.ts";

export type StrategyName = "frozen" | "last-k" | "full" | "lora" | "prefix" | "adapters";

/** What a strategy may be told. Each reads its own. */
export interface StrategySettings {
  /** last-k: how many layers are trained, counted from the end. */
  readonly layers: number;
  /** LoRA: of the two factors. Adapters: numbers between their two maps. */
  readonly rank: number;
  /** LoRA: the product of the factors counts `alpha / rank`. */
  readonly alpha: number;
  /** LoRA: queries and values only, as in the paper, or all linear maps. */
  readonly targets: "attention" | "all";
  /** LoRA: whether the layer norms are trained beside the factors. */
  readonly norms: boolean;
  /** Prefix: how many keys and values every layer sees besides those of the text. */
  readonly prefix: number;
}

/** Weights by path, on the host. */
export type Weights = Tree<Float32Array>;

/** What `encodeTokens` runs with. */
export interface Wrapped {
  readonly params: Params;
  readonly hooks: Hooks;
}

/**
 * A way to fine-tune a network, as data: which numbers are trained, where they start, and how they stand on the base's.
 * The base itself never changes. Paths of what is trained begin as those of the layer they belong to, so that masks and
 * rates by depth fit all of them.
 */
export interface Strategy {
  readonly name: StrategyName;
  /** Of what is trained. */
  readonly shapes: Tree<Shape>;
  /** Where training starts: the network says what its base says (prefix: nearly so). */
  start(base: Weights, rng: Rng): Weights;
  /** The network with what is trained around its base. */
  wrap(base: Params, trained: Params): Wrapped;
  /**
   * The base with what is trained put into its own weights, so that the network gives the wrapped one's vectors at its
   * own cost. `undefined` where they have no place for it (prefix, adapters).
   */
  merge(base: Weights, trained: Weights): Weights | undefined;
}

/** Makes a strategy for a network. */
export type StrategyMaker = (config: TransformerConfig, settings: StrategySettings) => Strategy;

/** Something that is trained, and how it starts: as it is in the base, as a constant, or as normal numbers. */
export interface TrainedLeaf {
  readonly path: string;
  readonly shape: Shape;
  readonly start: "base" | { readonly fill: number } | { readonly deviation: number };
}

/** A strategy of its leaves; each is drawn from a stream of its own. */
export function strategyOfLeaves(
  leaves: readonly TrainedLeaf[],
  rest: Pick<Strategy, "name" | "wrap" | "merge">,
): Strategy {
  const treeBy = <T>(make: (leaf: TrainedLeaf) => T): Tree<T> =>
    treeOf(leaves.map((leaf) => [leaf.path, make(leaf)] as const));
  return {
    ...rest,
    shapes: treeBy(({ shape }) => shape),
    start: (base, rng) => treeBy((leaf) => started(leaf, base, rng)),
  };
}

function started({ path, shape, start }: TrainedLeaf, base: Weights, rng: Rng): Float32Array {
  if (start === "base") return leafAt(base, path).slice();
  if ("fill" in start) return new Float32Array(sizeOf(shape)).fill(start.fill);
  const stream = rng.split(path);
  return Float32Array.from({ length: sizeOf(shape) }, () => start.deviation * stream.normal());
}
