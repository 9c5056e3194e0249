import { check } from "../../../base/errors.ts";
import { type Checkpoint, changedCheckpoint } from "../checkpoint/checkpoint.ts";
import { type StoredParams, storedAt, weightPlaces, widen } from "../checkpoint/stored.ts";
import { type LayerSize, layerSize, type TransformerConfig } from "../transformer/config.ts";
import { layouts } from "../transformer/layout.ts";
import { leafAt, linearMaps, treeOf } from "../transformer/params.ts";
import type { Moments } from "./observe.ts";

/** What is taken away, as shares of what is there. */
export interface PruneOptions {
  readonly heads: number;
  readonly inner: number;
}

/**
 * A checkpoint with fewer heads and fewer numbers in its hidden layers, each layer losing the same share: those that add
 * least to the layer's output, `E |W_j x_j|^2` with `W_j` the columns of the next map that read them. Every layer keeps
 * one of each.
 *
 * (Michel et al. 2019, structured; importance by output energy instead of by gradient, as Sun et al. 2024, sec. 3)
 *
 * @throws CONFIG for GPT-2, whose projections are one matrix, and MPNet, whose biases belong to heads
 */
export function pruneCheckpoint(
  checkpoint: Checkpoint,
  { heads, inner }: PruneOptions,
  moments: Moments,
): Checkpoint {
  const { config } = checkpoint;
  check(config.family !== "gpt2" && config.family !== "mpnet", "CONFIG", () => ({
    where: "prune",
    expected: "a network of the BERT family",
    got: config.family,
  }));
  const headSize = config.width / config.heads;
  const kept = Array.from({ length: config.layers }, (_, layer) => {
    const { out, down } = layouts[config.family].layer(layer);
    const size = layerSize(config, layer);
    const energy = (path: string, block: number): number[] =>
      outputEnergy(leafAt(checkpoint.params, `${path}.weight`), moments.get(path)!, block);
    return {
      heads: strongest(energy(out, headSize), Math.round(size.heads * (1 - heads))),
      inner: strongest(energy(down, 1), Math.round(size.inner * (1 - inner))),
    };
  });
  const sizes = kept.map((layer): LayerSize => ({ heads: layer.heads.length, inner: layer.inner.length }));
  const smaller: TransformerConfig = { ...config, sizes };
  const cuts = cutsOf(config, kept);
  const weights = weightPlaces(config).map(({ path, shape }) => {
    const data = leafAt(checkpoint.params, path);
    const cut = cuts.get(path);
    return [path, cut === undefined ? data : cut(data, shape.at(-1)!)] as const;
  });
  return changedCheckpoint(checkpoint, { config: smaller, stored: treeOf(weights) });
}

/**
 * `E |W_j x_j|^2` of blocks of inputs: `tr(W_j C_j W_j^T)`. `[to, from], [from, from] -> [from / block]`
 *
 * @example outputEnergy(Float32Array.of(1, 2), Float32Array.of(1, 0, 0, 4), 1) // [1, 16]
 */
export function outputEnergy(weight: Float32Array, moments: Float32Array, block: number): number[] {
  const from = Math.sqrt(moments.length);
  const to = weight.length / from;
  return Array.from({ length: from / block }, (_, b) => {
    let sum = 0;
    for (let o = 0; o < to; o++)
      for (let i = b * block; i < (b + 1) * block; i++)
        for (let j = b * block; j < (b + 1) * block; j++)
          sum += weight[o * from + i]! * moments[i * from + j]! * weight[o * from + j]!;
    return sum;
  });
}

/** Places of the largest, in their order; one at least. */
function strongest(values: readonly number[], count: number): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
  return order.slice(0, Math.max(1, count)).sort((a, b) => a - b);
}

interface Kept {
  readonly heads: readonly number[];
  readonly inner: readonly number[];
}

type Cut = (data: Float32Array, columns: number) => Float32Array;

/** What becomes of each weight that loses something. Matrices lie as `[out, in]`. */
function cutsOf(config: TransformerConfig, kept: readonly Kept[]): Map<string, Cut> {
  const headSize = config.width / config.heads;
  const cuts = new Map<string, Cut>();
  kept.forEach(({ heads, inner }, layer) => {
    const { projections, out, up, down } = layouts[config.family].layer(layer);
    const numbers = heads.flatMap((head) => Array.from({ length: headSize }, (_, i) => head * headSize + i));
    const rows = (path: string, chosen: readonly number[]): void => {
      cuts.set(`${path}.weight`, (data, columns) => rowsOf(data, columns, chosen));
      cuts.set(`${path}.bias`, (data) => rowsOf(data, 1, chosen));
    };
    const columns = (path: string, chosen: readonly number[]): void =>
      void cuts.set(`${path}.weight`, (data, width) => columnsOf(data, width, chosen));
    for (const path of projections) rows(path, numbers);
    columns(out, numbers);
    rows(up, inner);
    columns(down, inner);
  });
  return cuts;
}

function rowsOf(data: Float32Array, columns: number, chosen: readonly number[]): Float32Array {
  const out = new Float32Array(chosen.length * columns);
  chosen.forEach((row, i) => out.set(data.subarray(row * columns, (row + 1) * columns), i * columns));
  return out;
}

function columnsOf(data: Float32Array, columns: number, chosen: readonly number[]): Float32Array {
  const rows = data.length / columns;
  const out = new Float32Array(rows * chosen.length);
  for (let r = 0; r < rows; r++)
    chosen.forEach((column, i) => void (out[r * chosen.length + i] = data[r * columns + column]!));
  return out;
}

/**
 * A checkpoint whose linear maps have zeros in the place of a share of their numbers, row by row those that matter least:
 * `|w_ij| sqrt(C_jj)`. Neither smaller nor faster as it is: it says what could be left out.
 *
 * (Han et al. 2015; weighted by what is multiplied with them, Sun et al. 2024, eq. 1)
 */
export function zeroWeights(checkpoint: Checkpoint, share: number, moments: Moments): Checkpoint {
  const { config, stored } = checkpoint;
  const maps = new Map(linearMaps(config).map(({ path, from }) => [`${path}.weight`, { path, from }]));
  const weights = weightPlaces(config).map((place) => {
    const map = place.use === "outIn" ? maps.get(place.path) : undefined;
    const weight = storedAt(stored, place.path);
    if (map === undefined) return [place.path, weight] as const;
    return [place.path, withZeros(widen(weight, place), map.from, share, moments.get(map.path)!)] as const;
  });
  return changedCheckpoint(checkpoint, { config, stored: treeOf<unknown>(weights) as StoredParams });
}

function withZeros(data: Float32Array, from: number, share: number, moments: Float32Array): Float32Array {
  const out = data.slice();
  const sizes = Float64Array.from({ length: from }, (_, j) => Math.sqrt(moments[j * from + j]!));
  for (let start = 0; start < data.length; start += from) {
    const order = [...sizes.keys()].sort(
      (a, b) => Math.abs(data[start + a]!) * sizes[a]! - Math.abs(data[start + b]!) * sizes[b]!,
    );
    for (const j of order.slice(0, Math.floor(share * from))) out[start + j] = 0;
  }
  return out;
}
