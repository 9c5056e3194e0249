import { createRng, type Rng } from "../../base/rng.ts";
import type { Table } from "../../data/dataset.ts";
import { encodeTable } from "../../encoders/encoder.ts";
import type { RatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import { type RatingsShape, ratingsShapes, tasteSize } from "../../models/ratings.ts";
import {
  adam,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  cosineDecay,
  linearWarmup,
  rowAdam,
} from "../../optim/index.ts";
import { mapTree } from "../../tensor/index.ts";
import { memo } from "../buckets.ts";
import { type HostParams, initParams } from "../params.ts";
import { ratingsCalibration } from "./ratings-calibration.ts";
import { defaultRatingsConfig, type RatingsConfig } from "./ratings-config.ts";
import type { RatingsTables } from "./ratings-layout.ts";
import { layOutTasks, type RatingsWorld, tableGradients } from "./ratings-layout.ts";
import { ratingsServing } from "./ratings-mixture.ts";
import { ratingsStepProgram } from "./ratings-programs.ts";
import type { RatingsBayes, RatingsPrior, RatingsState } from "./ratings-types.ts";

/**
 * Ratings as a linear taste over item features with an ordinal likelihood, the taste in closed form from the support.
 *
 * @param users the user table of training, whose attributes shift the prior mean
 * @example const learner = ratingsBayes(await fitRatingsKnowledge(train), train.users, { steps: 1750 });
 */
export function ratingsBayes(
  knowledge: RatingsKnowledge,
  users: Table,
  given: Partial<RatingsConfig> = {},
): RatingsBayes {
  const world = ratingsWorld(knowledge, users, given);
  const calibrate = ratingsCalibration(world);
  return { name: "Bayes head (ratings)", ...training(world), ...ratingsServing(world), calibrate };
}

/** What the head is made for, with everything encoded. */
export function ratingsWorld(
  knowledge: RatingsKnowledge,
  users: Table,
  given: Partial<RatingsConfig>,
): RatingsWorld {
  const config = { ...defaultRatingsConfig, ...given };
  const shape: RatingsShape = {
    factorSize: knowledge.factorSize,
    contentSize: config.contentSize,
    presenceSize: knowledge.presence.size,
    levels: knowledge.levels.length,
  };
  return {
    knowledge,
    shape,
    config,
    items: encodeTable(knowledge.encoder, knowledge.items),
    people: encodeTable(knowledge.people, users),
  };
}

function training(world: RatingsWorld): Pick<RatingsBayes, "init" | "prior" | "metaStep" | "queryLoss"> {
  const { config, shape } = world;
  const descent = optimisers(world);
  const stepFor = memo((items: number) => ratingsStepProgram(shape, config, { items, gradients: true }));
  const judgeFor = memo((items: number) => ratingsStepProgram(shape, config, { items, gradients: false }));
  return {
    init: (rng) => descent.init(initPrior(world, rng)),
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

export interface Descent {
  init(prior: RatingsPrior): RatingsState;
  step(state: RatingsState, params: HostParams, tables: ReturnType<typeof tableGradients>): RatingsState;
}

/** Adam for the parameters; row by row for the tables, which change in place. */
export function optimisers({ config, shape }: RatingsWorld): Descent {
  const decay = cosineDecay({ from: config.learningRate, steps: Math.max(1, config.steps - 50) });
  const rate = linearWarmup(50, decay);
  const dense = chain(clipByGlobalNorm(config.clipNorm), adam({ learningRate: rate, beta2: 0.99 }));
  const decayed = rowAdam({ learningRate: rate, beta2: 0.99, weightDecay: config.weightDecay });
  const gentle = rowAdam({ learningRate: (step) => config.factorRate * rate(step), beta2: 0.99 });
  return {
    init: ({ params, tables }) => ({
      params,
      tables,
      optimiser: dense.init(params),
      rows: {
        content: decayed.init(tables.content, shape.contentSize + 1),
        factors: gentle.init(tables.factors, shape.factorSize),
        person: decayed.init(tables.person, tasteSize(shape)),
      },
    }),
    step({ params, tables, optimiser, rows }, grads, sparse) {
      const [updates, next] = dense.update(grads, optimiser, params);
      const moved = {
        content: decayed.update(sparse.content, rows.content, tables.content),
        factors: gentle.update(sparse.factors, rows.factors, tables.factors),
        person: decayed.update(sparse.person, rows.person, tables.person),
      };
      return { params: applyUpdates(params, updates), tables, optimiser: next, rows: moved };
    },
  };
}

interface StepResult {
  readonly losses: Float32Array;
  readonly grads: RatingsTables & { readonly params: HostParams };
}

/** Factors start as the collaborative ones, thresholds half-way between the levels, everything else near nothing. */
export function initPrior({ knowledge, shape, items, people }: RatingsWorld, rng: Rng): RatingsPrior {
  const params = initParams(ratingsShapes(shape), rng, (path) => ({ fill: START[path] ?? 0 }));
  const taste = params.taste as { readonly logVariance: Float32Array };
  taste.logVariance[shape.factorSize + shape.contentSize] = Math.log(0.16);
  taste.logVariance[shape.factorSize + shape.contentSize + 1] = Math.log(0.05);
  const cold = (params.item as { readonly cold: Float32Array }).cold;
  for (let k = 0; k < shape.factorSize; k++) cold[k * (shape.factorSize + 1)] = 1;
  const { levels, means } = knowledge;
  const thresholds = params.threshold.at;
  for (let c = 0; c < thresholds.length; c++) {
    thresholds[c] = ((levels[c]! + levels[c + 1]!) / 2 - means.mean) / means.deviation;
  }
  const width = shape.contentSize + 1;
  const stream = rng.split("content");
  const content = Float32Array.from({ length: items.tokens * width }, (_, i) =>
    (i + 1) % width === 0 ? 0 : 0.1 * stream.normal(),
  );
  return {
    params,
    tables: {
      content,
      factors: knowledge.factors.slice(),
      person: new Float32Array(people.tokens * tasteSize(shape)),
    },
  };
}

const START: Readonly<Record<string, number>> = {
  "item.warmGain": 1,
  "item.coldGain": 1,
  "noise.base": Math.log(0.6),
  "noise.cold": Math.log(0.8),
  "noise.freedom": Math.log(10),
};
