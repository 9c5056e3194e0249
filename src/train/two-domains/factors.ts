import type { RunContext } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import { type AlsFactors, fitAls } from "../../baselines/als/als.ts";
import { alsFoldIn } from "../../baselines/als/fold-in.ts";
import { partnersOf } from "../../baselines/tokens.ts";
import type { Side } from "./domains.ts";

/** Of the factors of one domain; see `fitAls`. */
export interface FactorConfig {
  readonly embeddingSize: number;
  readonly factorEpochs: number;
  readonly unobservedWeight: number;
  readonly regularisation: number;
  readonly seed: number;
}

/** Vectors of a domain. */
export interface SideFactors extends Pick<AlsFactors, "width" | "items"> {
  /** The vector of whoever likes these items. `[width]` */
  vectorOf(liked: Int32Array): Float32Array;
  /** Products of a vector with all items. `[items]` */
  products(vector: Float32Array): Float32Array;
}

/** Implicit ALS on each side alone; a person's vector is what their likes say with the items fixed. */
export async function fitFactors(
  side: Side,
  config: FactorConfig,
  fit: { readonly context?: RunContext; readonly threads?: number } = {},
): Promise<SideFactors> {
  const shared = { ...config, frequencyPower: 0.5 };
  const factors = await fitAls(side.byUser, side.byItem, {
    ...shared,
    epochs: config.factorEpochs,
    solverSteps: 3,
    rng: createRng(config.seed).split(`factors of ${side.name}`),
    ...fit,
  });
  const { width, items } = factors;
  const fold = alsFoldIn(factors, shared);
  return {
    width,
    items,
    vectorOf: (liked) => fold(liked).vector(),
    products: (vector) => multiply(items, width, vector),
  };
}

/** The vectors of these people, one after the other. `[people, width]` */
export function vectorsOf({ vectorOf, width }: SideFactors, side: Side, people: Int32Array): Float32Array {
  const out = new Float32Array(people.length * width);
  people.forEach((user, at) => out.set(vectorOf(partnersOf(side.byUser, user)), at * width));
  return out;
}

function multiply(table: Float32Array, width: number, vector: Float32Array): Float32Array {
  return Float32Array.from({ length: table.length / width }, (_, row) => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += table[row * width + k]! * vector[k]!;
    return sum;
  });
}
