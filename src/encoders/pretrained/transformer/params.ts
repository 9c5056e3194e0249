import { ForetasteError } from "../../../base/errors.ts";
import type { Shape, Tensor, Tree } from "../../../tensor/index.ts";
import { layerSize, type TransformerConfig } from "./config.ts";
import { type Layout, layouts } from "./layout.ts";

/** Weights of a network under the names of its checkpoint: "encoder.layer.0.output.dense.weight" is a path. */
export type Params = Tree<Tensor>;

/**
 * The leaf at a dotted path.
 *
 * @throws ARTEFACT when there is none
 * @example leafAt(params, "embeddings.word_embeddings.weight")
 */
export function leafAt<T>(tree: Tree<T>, path: string): T {
  let at: T | Tree<T> | undefined = tree;
  for (const key of path.split(".")) at = (at as Tree<T> | undefined)?.[key];
  if (at !== undefined) return at as T;
  const got = `weights with ${Object.keys(tree).join(", ")} at the top`;
  throw new ForetasteError("ARTEFACT", { where: "transformer", expected: `a weight "${path}"`, got });
}

/** The tree of leaves by dotted paths. @example treeOf([["a.b", x]]); // { a: { b: x } } */
export function treeOf<T>(leaves: Iterable<readonly [path: string, leaf: T]>): Tree<T> {
  const root: Record<string, unknown> = {};
  for (const [path, leaf] of leaves) {
    const keys = path.split(".");
    const last = keys.pop()!;
    let branch = root;
    for (const key of keys) branch = (branch[key] ??= {}) as Record<string, unknown>;
    branch[last] = leaf;
  }
  return root as Tree<T>;
}

/** One linear map of a network. */
export interface LinearMap {
  /** Its `weight` and `bias` lie below. */
  readonly path: string;
  readonly layer: number;
  readonly from: number;
  readonly to: number;
}

/**
 * All linear maps of the layers, in the order they are applied: where LoRA, low rank and pruning go.
 *
 * @example linearMaps(config).filter(({ path }) => /query|value/.test(path))
 */
export function linearMaps(config: TransformerConfig): LinearMap[] {
  const { family, layers, width } = config;
  return Array.from({ length: layers }, (_, layer) => {
    const { projections, out, up, down } = layouts[family].layer(layer);
    const { heads, inner } = layerSize(config, layer);
    const attended = heads * (width / config.heads);
    const to = (3 * attended) / projections.length;
    return [
      ...projections.map((path) => ({ path, layer, from: width, to })),
      { path: out, layer, from: attended, to: width },
      { path: up, layer, from: width, to: inner },
      { path: down, layer, from: inner, to: width },
    ];
  }).flat();
}

/**
 * Shapes of all parameters that the network reads, by path.
 *
 * @example const params = treeOf(paramShapes(config).map(([path, shape]) => [path, input(path, shape)]));
 */
export function paramShapes(config: TransformerConfig): (readonly [path: string, shape: Shape])[] {
  const layout = layouts[config.family];
  const maps = linearMaps(config).flatMap((map) => linearShapes(map, layout.inOut));
  const dense = (config.dense ?? []).flatMap((map) => linearShapes(map, false));
  const norms = normPaths(config, layout).flatMap((path) => [
    [`${path}.weight`, [config.width]] as const,
    [`${path}.bias`, [config.width]] as const,
  ]);
  return [...tableShapes(config, layout), ...maps, ...norms, ...dense];
}

function linearShapes({ path, from, to }: Omit<LinearMap, "layer">, inOut: boolean): [string, Shape][] {
  return [
    [`${path}.weight`, inOut ? [from, to] : [to, from]],
    [`${path}.bias`, [to]],
  ];
}

/** Distances of MPNet fall into this many buckets. */
export const DISTANCE_BUCKETS = 32;

function tableShapes(config: TransformerConfig, layout: Layout): [string, Shape][] {
  const { vocabulary, positions, types, width, heads } = config;
  const tables: [string | undefined, Shape][] = [
    [layout.words, [vocabulary, width]],
    [layout.positions, [positions, width]],
    [types > 0 ? layout.types : undefined, [types, width]],
    [layout.distances, [DISTANCE_BUCKETS, heads]],
  ];
  return tables.filter((row): row is [string, Shape] => row[0] !== undefined);
}

function normPaths({ layers }: TransformerConfig, { embeddingNorm, finalNorm, layer }: Layout): string[] {
  const own = Array.from({ length: layers }, (_, i) => layer(i)).flatMap(
    ({ attentionNorm, feedForwardNorm }) => [attentionNorm, feedForwardNorm],
  );
  return [embeddingNorm, finalNorm, ...own].filter((path) => path !== undefined);
}
