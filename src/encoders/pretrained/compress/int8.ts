import type { RunContext } from "../../../base/progress.ts";
import { checkStop } from "../../../base/stop.ts";
import { roundChannels, transposed } from "../../../tensor/index.ts";
import { type Checkpoint, changedCheckpoint } from "../checkpoint/checkpoint.ts";
import {
  factorPlaces,
  type StoredParams,
  type StoredWeight,
  storedAt,
  type WeightPlace,
  weightPlaces,
} from "../checkpoint/stored.ts";
import type { TransformerConfig } from "../transformer/config.ts";
import { layouts } from "../transformer/layout.ts";
import { linearMaps, treeOf } from "../transformer/params.ts";
import type { Moments } from "./observe.ts";
import { roundByMoments } from "./round-by-moments.ts";

/** Fewer numbers stay as they are: rounding them saves nothing. */
const LEAST_NUMBERS = 1024;

export interface RoundOptions {
  /** Paths of linear maps that stay as they are. */
  readonly plain?: readonly string[];
  /** What enters each map, so that rounding of one number makes up for that of others; without it all go to the nearest. */
  readonly moments?: Moments;
}

/**
 * The maps to values of attention. Attention averages over tokens, and what rounding adds to all tokens alike is left:
 * of all-MiniLM-L6-v2's error, more than half comes from these, a twelfth of its layers' weights. None where one map makes
 * query, key and value.
 */
export function valueMaps({ family, layers }: TransformerConfig): string[] {
  return Array.from(
    { length: layers },
    (_, layer) => layouts[family].layer(layer).projections[2] ?? [],
  ).flat();
}

/**
 * A checkpoint whose linear maps and table of words are kept in 8-bit integers, a scale for each output and for each
 * word, and which multiplies in integers; what meets the weights is rounded by row, as it comes.
 *
 * (Jacob et al. 2018; by token as in ZeroQuant, Yao et al. 2022)
 *
 * @throws CANCELLED
 */
export async function roundCheckpoint(
  checkpoint: Checkpoint,
  { plain = [], moments }: RoundOptions,
  ctx: RunContext,
): Promise<Checkpoint> {
  const { config, stored } = checkpoint;
  const rounded = linearMaps(config).filter(({ path }) => !plain.includes(path));
  const maps = new Map(rounded.map(({ path }) => [`${path}.weight`, moments?.get(path)]));
  const report = ctx.progress.start("round", maps.size);
  const weights: [string, StoredWeight][] = [];
  let done = 0;
  for (const place of weightPlaces(config)) {
    const isMap = maps.has(place.path);
    if (isMap) {
      checkStop(ctx, "rounding", { done, of: maps.size, what: "maps" });
      await new Promise((resolve) => setImmediate(resolve));
      report.update(++done);
    }
    const weight = storedAt(stored, place.path);
    const isRounded = isMap || place.use === "table";
    weights.push([place.path, isRounded ? roundWeight(weight, place, maps.get(place.path)) : weight]);
  }
  report.finish();
  return changedCheckpoint(checkpoint, {
    config,
    stored: treeOf<unknown>(weights) as StoredParams,
    activations: "dynamic",
  });
}

function roundWeight(weight: StoredWeight, place: WeightPlace, moments?: Float32Array): StoredWeight {
  if (!(weight instanceof Float32Array)) {
    if ("values" in weight) return weight;
    const [left, right] = factorPlaces(place, weight);
    return { left: roundWeight(weight.left, left), right: roundWeight(weight.right, right) };
  }
  const [rows, columns] = place.shape as [number, number];
  if (weight.length < LEAST_NUMBERS) return weight;
  if (place.use === "table") return roundChannels(weight, [rows, columns], 0);
  const [inOut, from, to] =
    place.use === "inOut" ? [weight, rows, columns] : [transposed(weight, [rows, columns]), columns, rows];
  return moments === undefined
    ? roundChannels(inOut, [from, to], 1)
    : roundByMoments(inOut, [from, to], moments);
}
