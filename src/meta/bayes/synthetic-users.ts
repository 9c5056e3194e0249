import { createRng, type Rng } from "../../base/rng.ts";
import type { History } from "../../data/query.ts";
import { tasteSize } from "../../models/ratings.ts";
import { bucketOf, memo } from "../buckets.ts";
import type { LikingHead } from "./bayes-head.ts";
import { ratingsWorld } from "./ratings.ts";
import type { RatingsWorld } from "./ratings-layout.ts";
import { ratingsPredictProgram } from "./ratings-programs.ts";
import { itemFeeds } from "./ratings-serving.ts";

export interface SyntheticUsersOptions {
  /** How many people. */
  readonly people: number;
  /** Events of each. */
  readonly events: number;
  readonly seed: number | string;
}

/**
 * People drawn from the fitted taste distribution: a taste `w ~ N(m, V)` of the prior, distinct items in proportion to
 * their training events, and of each item a value from the head's own distribution given `w`.
 *
 * @returns a history each, without times
 * @example const pool = await syntheticUsers(head, { people: 1000, events: 40, seed: 1 });
 */
export async function syntheticUsers(head: LikingHead, options: SyntheticUsersOptions): Promise<History[]> {
  const world = ratingsWorld(head.knowledge, head.users, head.config);
  const rng = createRng(options.seed).split("synthetic-users");
  const cumulative = cumulativeCounts(world.knowledge.means.counts);
  const events = Math.min(options.events, Math.floor(distinctItems(world.knowledge.means.counts) / 2));
  const rate = rater(world, head);
  const people: History[] = [];
  for (let person = 0; person < options.people; person++) {
    const own = rng.split(person);
    const items = drawItems(cumulative, events, own.split("items"));
    people.push({ items, values: await rate(items, own) });
  }
  return people;
}

/** Draws a taste and then values, by the program that serves predictions: a known taste has no covariance. */
function rater(
  world: RatingsWorld,
  { prior }: LikingHead,
): (items: Int32Array, rng: Rng) => Promise<Float32Array> {
  const programFor = memo((room: number) => ratingsPredictProgram(world.shape, room));
  const feeds = itemFeeds(world);
  const d = tasteSize(world.shape);
  const { mean, logVariance } = prior.params["taste"] as { mean: Float32Array; logVariance: Float32Array };
  return async (items, rng) => {
    const room = bucketOf(items.length, 16);
    const taste = rng.split("taste");
    const drawn = mean.map((m, i) => m + Math.exp(logVariance[i]! / 2) * taste.normal());
    const out = await (await programFor(room)).run({
      params: prior.params,
      items: feeds(prior, items, room),
      posterior: { mean: drawn, covariance: new Float32Array(d * d), scale: Float32Array.of(1) },
      shift: new Float32Array(room),
    });
    const values = rng.split("values");
    const probabilities = out["probabilities"] as Float32Array;
    return Float32Array.from(items, (_, i) =>
      drawLevel(world.knowledge.levels, probabilities, { i, values }),
    );
  };
}

function drawLevel(
  levels: Float32Array,
  probabilities: Float32Array,
  { i, values }: { i: number; values: Rng },
): number {
  let left = values.next();
  for (let c = 0; c < levels.length - 1; c++) {
    left -= probabilities[i * levels.length + c]!;
    if (left < 0) return levels[c]!;
  }
  return levels[levels.length - 1]!;
}

function cumulativeCounts(counts: Int32Array): Float64Array {
  let sum = 0;
  return Float64Array.from(counts, (n) => (sum += n));
}

function distinctItems(counts: Int32Array): number {
  return counts.reduce((sum, n) => sum + Number(n > 0), 0);
}

/** Distinct items in proportion to their counts: drawn with replacement, repetitions thrown away. */
function drawItems(cumulative: Float64Array, events: number, rng: Rng): Int32Array {
  const total = cumulative[cumulative.length - 1] ?? 0;
  const found = new Set<number>();
  while (found.size < events) found.add(firstAbove(cumulative, total * rng.next()));
  return Int32Array.from(found);
}

/** The first position whose value is above `x`. */
function firstAbove(ascending: Float64Array, x: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}
