import type { Strategy, Weights } from "../../../encoders/pretrained/strategies/strategy.ts";
import { encodedWidth, type TransformerConfig } from "../../../encoders/pretrained/transformer/config.ts";
import type { Hooks } from "../../../encoders/pretrained/transformer/hooks.ts";
import { encodeTokens } from "../../../encoders/pretrained/transformer/network.ts";
import { leafAt, paramShapes, treeOf } from "../../../encoders/pretrained/transformer/params.ts";
import { checkpoint, flatten, input, type Tensor, type Tree } from "../../../tensor/index.ts";
import type { ItemFeatures } from "./features.ts";

/** Tokens of all items, a row each, padded to one length. `[rows, length]` */
export interface ItemTokens {
  readonly length: number;
  readonly ids: Int32Array;
  /** 1 where there is a token. */
  readonly mask: Float32Array;
}

export interface NetworkFeatureOptions {
  readonly config: TransformerConfig;
  /** The base: never changed. */
  readonly weights: Weights;
  readonly tokens: ItemTokens;
  readonly strategy: Strategy;
  /** Share of the learning rate that a trained leaf gets; 1 each unless told. */
  readonly rateOf?: (path: string) => number;
  /** Computes layers again for the backward pass instead of keeping what is inside of them. */
  readonly checkpointing?: boolean;
}

/** The vectors a network makes of items' texts, with what a strategy trains of it. */
export function networkFeatures(options: NetworkFeatureOptions): ItemFeatures {
  const { config, weights, tokens, strategy, rateOf = () => 1, checkpointing = false } = options;
  const replaced = new Set(flatten(strategy.shapes).map(([path]) => path));
  const shapes = paramShapes(config);
  const kept = shapes.filter(([path]) => !replaced.has(path)).map(([path]) => path);
  const fed = treeOf(kept.map((path) => [path, leafAt(weights, path)] as const));
  return {
    width: encodedWidth(config),
    rows: tokens.ids.length / tokens.length,
    shapes: strategy.shapes,
    start: (rng) => strategy.start(weights, rng),
    rateOf,
    trace(items, trained) {
      const leaves = shapes.map(([path, shape]) => [path, input(`base.${path}`, shape)] as const);
      const own = {
        ids: input("tokens.ids", [items, tokens.length], "int32"),
        mask: input("tokens.mask", [items, tokens.length]),
      };
      const { params, hooks } = strategy.wrap(treeOf(leaves), trained);
      const vectors = encodeTokens(config, params, own, checkpointing ? checkpointed(hooks) : hooks);
      const base: Tree<Tensor> = treeOf(leaves.filter(([path]) => !replaced.has(path)));
      return { inputs: { base, tokens: own }, vectors };
    },
    feeds: (items) => ({
      base: fed,
      tokens: {
        ids: rowsOf(tokens.ids, tokens.length, items),
        mask: rowsOf(tokens.mask, tokens.length, items),
      },
    }),
  };
}

function checkpointed(hooks: Hooks): Hooks {
  return { ...hooks, layer: (_, run, x) => checkpoint(run)(x) };
}

function rowsOf<A extends Int32Array | Float32Array>(table: A, width: number, rows: Int32Array): A {
  const out = new (table.constructor as new (size: number) => A)(rows.length * width);
  rows.forEach((row, i) => out.set(table.subarray(row * width, (row + 1) * width), i * width));
  return out;
}
