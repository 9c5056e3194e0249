import { bucketOf, memo, padded } from "../buckets.ts";
import type { Contribution } from "../learner.ts";
import type { ClicksConfig } from "./clicks-config.ts";
import { clicksAdaptProgram, clicksPartsProgram, clicksPredictProgram } from "./clicks-programs.ts";
import type { ClicksBayes, ClicksFitted } from "./clicks-types.ts";
import type { RatingsWorld } from "./ratings-layout.ts";
import { itemFeeds, personOf } from "./ratings-serving.ts";
import type { RatingsPrior } from "./ratings-types.ts";

/** Longest support that is used; of a longer history the latest events. */
const MAX_EVENTS = 512;

type Serving = Pick<ClicksBayes, "adapt" | "score" | "probability" | "explain">;

/** Adaptation, probabilities and reasons; programs are compiled once per size. */
export function clicksServing(world: RatingsWorld, config: ClicksConfig): Serving {
  const predictFor = memo((n: number) => clicksPredictProgram(world.shape, n));
  const feeds = itemFeeds(world);
  const odds: OddsOf = async (prior, { mean, covariance }, items) => {
    const room = bucketOf(items.length, 16);
    const program = await predictFor(room);
    const known = feeds(prior, items, room);
    const out = await program.run({ params: prior.params, items: known, posterior: { mean, covariance } });
    return out as unknown as Odds;
  };
  const score = async (
    prior: RatingsPrior,
    fitted: ClicksFitted,
    items: Int32Array,
  ): Promise<Float32Array> => {
    const { mean, moderation } = await odds(prior, fitted, items);
    return Float32Array.from(items, (_, i) => mean[i]! * moderation[i]!);
  };
  return {
    adapt: adaptation(world, config),
    score,
    probability: async (prior, fitted, items) =>
      (await score(prior, fitted, items)).map((x) => 1 / (1 + Math.exp(-x))),
    explain: explanation(world, odds),
  };
}

/** `[room]` each */
interface Odds {
  readonly mean: Float32Array;
  readonly moderation: Float32Array;
}

type OddsOf = (prior: RatingsPrior, fitted: ClicksFitted, items: Int32Array) => Promise<Odds>;

function adaptation(world: RatingsWorld, config: ClicksConfig): ClicksBayes["adapt"] {
  const adaptFor = memo((shots: number) => clicksAdaptProgram(world.shape, config, shots));
  const feeds = itemFeeds(world);
  const { liked: threshold } = world.knowledge.scale;
  return async (prior, query) => {
    const first = Math.max(0, query.history.items.length - MAX_EVENTS);
    const [items, values] = [query.history.items.subarray(first), query.history.values.subarray(first)];
    const room = bucketOf(items.length, 8);
    const program = await adaptFor(room);
    const out = await program.run({
      params: prior.params,
      items: feeds(prior, items, room),
      person: personOf(world, prior, query),
      liked: padded(
        values.map((value) => Number(value >= threshold)),
        room,
      ),
      mask: padded(new Float32Array(items.length).fill(1), room),
    });
    const found = out as unknown as Pick<ClicksFitted, "mean" | "covariance" | "events" | "prior">;
    const fitted = { ...found, query, first };
    return [fitted, { events: items.length, tasteNorm: Math.hypot(...found.mean) }];
  };
}

/** Moderation multiplies every part alike, so the parts sum to the score. */
function explanation(world: RatingsWorld, oddsOf: OddsOf): NonNullable<ClicksBayes["explain"]> {
  const partsFor = memo((n: number) => clicksPartsProgram(world.shape, n));
  const feeds = itemFeeds(world);
  return async (prior, fitted, items) => {
    const room = bucketOf(items.length, 16);
    const [program, known] = [await partsFor(room), feeds(prior, items, room)];
    const partOf = async (vector: Float32Array): Promise<{ bias: Float32Array; part: Float32Array }> =>
      (await program.run({ params: prior.params, items: known, vector })) as never;
    const d = fitted.mean.length;
    const { bias, part } = await partOf(fitted.prior);
    const used = fitted.query.history.items.length - fitted.first;
    const parts: Float32Array[] = [];
    for (let j = 0; j < used; j++) parts.push((await partOf(fitted.events.slice(j * d, (j + 1) * d))).part);
    const { moderation } = await oddsOf(prior, fitted, items);
    return Array.from(items, (_, i): Contribution[] => [
      { source: "item", value: moderation[i]! * bias[i]! },
      { source: "prior", value: moderation[i]! * part[i]! },
      ...parts.map((own, j): Contribution => {
        return { source: "event", event: fitted.first + j, value: moderation[i]! * own[i]! };
      }),
    ]);
  };
}
