import type { Rng } from "../../base/rng.ts";
import type { History } from "../../data/query.ts";
import { itemLevels, type OwnEvents } from "../../encoders/item-means.ts";
import { selectEvents } from "../../tasks/source.ts";
import { levelWidth, type NetworkWorld } from "./world.ts";

/** Events as they enter a program, with what was drawn against them. */
export interface Slots extends History {
  /** Standardised ratings; 1 and 0 for clicks. */
  readonly targets: Float32Array;
}

/** The last `n` events. */
export function latest(history: History, n: number): History {
  return from(history, Math.max(0, history.items.length - n), history.items.length);
}

/** The first `n` events. */
export function earliest(history: History, n: number): History {
  return from(history, 0, Math.min(n, history.items.length));
}

function from(history: History, start: number, end: number): History {
  if (start === 0 && end === history.items.length) return history;
  return selectEvents(
    history,
    Int32Array.from({ length: end - start }, (_, i) => start + i),
  );
}

/** What ratings are learned in: `rating = mean + deviation * target`. */
export function unitOf({ catalogue: { means }, config }: Pick<NetworkWorld, "catalogue" | "config">): {
  readonly mean: number;
  readonly deviation: number;
} {
  return config.standardised ? means : { mean: 0, deviation: 1 };
}

/** What a model is told of an event: how far the value is from the mean, or whether it was liked. */
export function targetsOf(
  { catalogue, config }: Pick<NetworkWorld, "catalogue" | "config">,
  values: Float32Array,
): Float32Array {
  const { mean, deviation } = unitOf({ catalogue, config });
  if (config.loss === "squared") return values.map((value) => (value - mean) / deviation);
  return values.map((value) => Number(value >= catalogue.scale.liked));
}

/** Events, followed by `config.negatives` items a piece that the person has no event with, weight and user of the event. */
export function withNegatives(
  world: NetworkWorld,
  history: History,
  { known, rng }: { readonly known: Iterable<number>; readonly rng: Rng },
): Slots {
  const targets = targetsOf(world, history.values);
  const { negatives } = world.config;
  if (negatives === 0 || history.items.length === 0) return { ...history, targets };
  const drawn = drawOthers(world.catalogue.warm, known, history.items.length * negatives, rng);
  const of = Int32Array.from(drawn.keys(), (i) => i % history.items.length);
  const beside = selectEvents(history, [...history.items.keys(), ...of]);
  const items = Int32Array.from([...history.items, ...drawn]);
  const all = new Float32Array(items.length);
  all.set(targets);
  return { ...beside, items, targets: all };
}

/**
 * The support as it enters a program: a network that reads it in its order is told of true events only.
 */
export function supportSlots(
  world: NetworkWorld,
  history: History,
  options: { readonly known: Iterable<number>; readonly rng: Rng },
): Slots {
  if (world.model.readsSupport) return { ...history, targets: targetsOf(world, history.values) };
  return withNegatives(world, history, options);
}

/** Up to `count` warm items, with replacement, none of `known`; fewer where hardly any other is left. */
function drawOthers(warm: Int32Array, known: Iterable<number>, count: number, rng: Rng): Int32Array {
  const out: number[] = [];
  const not = new Set(known);
  for (let tries = 0; out.length < count && tries < 4 * count + 16 && warm.length > 0; tries++) {
    const item = warm[rng.int(warm.length)]!;
    if (!not.has(item)) out.push(item);
  }
  return Int32Array.from(out);
}

/** What others said of items. `[items, levelWidth]`, zeros for cold ones */
export function levelsOf(
  { catalogue, levelPrior }: Pick<NetworkWorld, "catalogue" | "levelPrior">,
  items: Int32Array,
  own?: OwnEvents,
): Float32Array {
  const warm = Int32Array.from(items.keys()).filter((i) => isWarm({ catalogue }, items[i]!));
  const rows = warm.map((i) => items[i]!);
  const { level } = itemLevels(catalogue.means, levelPrior, rows, own);
  const out = new Float32Array(items.length * levelWidth);
  warm.forEach((i, at) => out.set([level[at]!, 1], i * levelWidth));
  return out;
}

export function isWarm({ catalogue }: Pick<NetworkWorld, "catalogue">, item: number): boolean {
  return (catalogue.warmRow[item] ?? -1) >= 0;
}
