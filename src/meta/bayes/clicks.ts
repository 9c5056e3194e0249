import { createRng } from "../../base/rng.ts";
import type { Table } from "../../data/dataset.ts";
import type { RatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import { mapTree } from "../../tensor/index.ts";
import { memo } from "../buckets.ts";
import type { HostParams } from "../params.ts";
import { type ClicksConfig, defaultClicksConfig } from "./clicks-config.ts";
import { clicksStepProgram } from "./clicks-programs.ts";
import { clicksServing } from "./clicks-serving.ts";
import type { ClicksBayes } from "./clicks-types.ts";
import { initPrior, optimisers, ratingsWorld } from "./ratings.ts";
import { layOutTasks, type RatingsTables, type RatingsWorld, tableGradients } from "./ratings-layout.ts";
import type { RatingsPrior } from "./ratings-types.ts";

/**
 * Liking as a linear taste over item features with a logistic likelihood, the taste by a few closed forms from the
 * support; meta-trained on the log-likelihood of the query. The features are those of the ratings head.
 *
 * @param users the user table of training, whose attributes shift the prior mean
 * @example const learner = clicksBayes(await fitRatingsKnowledge(train), train.users, { inference: "laplace" });
 */
export function clicksBayes(
  knowledge: RatingsKnowledge,
  users: Table,
  given: Partial<ClicksConfig> = {},
): ClicksBayes {
  const config = { ...defaultClicksConfig, ...given };
  const world = ratingsWorld(knowledge, users, config);
  return { name: "Bayes head (clicks)", ...training(world, config), ...clicksServing(world, config) };
}

type Training = Pick<ClicksBayes, "init" | "prior" | "metaStep" | "queryLoss">;

function training(world: RatingsWorld, config: ClicksConfig): Training {
  const { shape, knowledge } = world;
  const descent = optimisers(world);
  const likes = knowledge.levels.map((level) => Number(level >= knowledge.scale.liked));
  const stepFor = memo((items: number) =>
    clicksStepProgram(shape, config, { items, gradients: true, likes }),
  );
  const judgeFor = memo((items: number) =>
    clicksStepProgram(shape, config, { items, gradients: false, likes }),
  );
  return {
    init: (rng) => descent.init(startOf(world, initPrior(world, rng))),
    prior: ({ params, tables }) => ({
      params,
      tables: mapTree(tables, (table: Float32Array) => table.slice()),
    }),
    /** Changes the tables of `state` in place: `prior(state)` is the copy to keep. */
    async metaStep(state, tasks, rng) {
      const batch = layOutTasks(world, state.tables, tasks, rng);
      const program = await stepFor(batch.items.length);
      const out = await program.run({ params: state.params, batch: batch.feeds });
      const { losses, grads } = out as unknown as StepResult;
      const loss = losses.subarray(0, tasks.length).reduce((a, b) => a + b, 0) / tasks.length;
      return [descent.step(state, grads.params, tableGradients(world, batch, grads)), { loss }];
    },
    async queryLoss(prior, tasks) {
      const out = new Float32Array(tasks.length);
      for (let start = 0; start < tasks.length; start += config.batchTasks) {
        const part = tasks.slice(start, start + config.batchTasks);
        const batch = layOutTasks(world, prior.tables, part, createRng(start));
        const program = await judgeFor(batch.items.length);
        const found = await program.run({ params: prior.params, batch: batch.feeds });
        out.set((found as unknown as StepResult).losses.subarray(0, part.length), start);
      }
      return out;
    },
  };
}

interface StepResult {
  readonly losses: Float32Array;
  readonly grads: RatingsTables & { readonly params: HostParams };
}

/** Log-odds of one standard deviation of a value, at the middle of the scale. */
const ODDS = 1.7;

/**
 * A taste in log-odds starts as the one in standard deviations times {@link ODDS}, around the threshold of a like; what is
 * not known of an item starts small.
 */
function startOf({ knowledge, shape }: RatingsWorld, prior: RatingsPrior): RatingsPrior {
  const taste = prior.params["taste"] as { readonly mean: Float32Array; readonly logVariance: Float32Array };
  const item = prior.params["item"] as Readonly<Record<string, Float32Array>>;
  const noise = prior.params["noise"] as Readonly<Record<string, Float32Array>>;
  const { means, scale, levels } = knowledge;
  const below = levels.filter((level) => level < scale.liked).at(-1) ?? scale.liked;
  const threshold = (below + scale.liked) / 2;
  const constant = shape.factorSize + shape.contentSize;
  const mean = taste.mean.slice();
  mean[constant] = (ODDS * (means.mean - threshold)) / means.deviation;
  return {
    ...prior,
    params: {
      ...prior.params,
      taste: { mean, logVariance: taste.logVariance.map((x) => x + 2 * Math.log(ODDS)) },
      item: { ...item, warmGain: Float32Array.of(ODDS), coldGain: Float32Array.of(ODDS) },
      noise: { ...noise, base: Float32Array.of(Math.log(0.1)) },
    },
  };
}
