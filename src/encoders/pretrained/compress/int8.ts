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

/** Fewer numbers stay as they are: rounding them saves nothing. */
const LEAST_NUMBERS = 1024;

export interface RoundOptions {
  /** Paths of linear maps that stay as they are. */
  readonly plain?: readonly string[];
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
 */
export function roundCheckpoint(checkpoint: Checkpoint, { plain = [] }: RoundOptions = {}): Checkpoint {
  const { config, stored } = checkpoint;
  const rounded = linearMaps(config).filter(({ path }) => !plain.includes(path));
  const maps = new Set(rounded.map(({ path }) => `${path}.weight`));
  const weights = weightPlaces(config).map((place) => {
    const weight = storedAt(stored, place.path);
    const kept = place.use === "table" || maps.has(place.path) ? roundWeight(weight, place) : weight;
    return [place.path, kept] as const;
  });
  return changedCheckpoint(checkpoint, {
    config,
    stored: treeOf<unknown>(weights) as StoredParams,
    activations: "dynamic",
  });
}

function roundWeight(weight: StoredWeight, place: WeightPlace): StoredWeight {
  if (!(weight instanceof Float32Array)) {
    if ("values" in weight) return weight;
    const [left, right] = factorPlaces(place, weight);
    return { left: roundWeight(weight.left, left), right: roundWeight(weight.right, right) };
  }
  const [rows, columns] = place.shape as [number, number];
  if (weight.length < LEAST_NUMBERS) return weight;
  if (place.use === "table") return roundChannels(weight, [rows, columns], 0);
  if (place.use === "inOut") return roundChannels(weight, [rows, columns], 1);
  return roundChannels(transposed(weight, [rows, columns]), [columns, rows], 1);
}
