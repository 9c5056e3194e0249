import { createRng, type Rng } from "../../../base/rng.ts";
import { contentChoiceShapes } from "../../../models/content-choice.ts";
import {
  addDecayedWeights,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  cosineDecay,
  linearWarmup,
  scaleByAdam,
  scaleByLearningRate,
  scaleLeaves,
  type Transform,
} from "../../../optim/index.ts";
import type { Task } from "../../../tasks/task.ts";
import { bucketOf, memo } from "../../buckets.ts";
import { initParams } from "../../params.ts";
import { type ContentWorld, defaultFineTuneConfig, type FineTuneConfig } from "./config.ts";
import type { ItemFeatures } from "./features.ts";
import { itemsOf, layOutSlice, type SliceLayout, type SliceShape } from "./layout.ts";
import { type AnyProgram, headShape, sliceProgram, type Traced } from "./programs.ts";
import { tunedServing } from "./serving.ts";
import type { FineTuning, TunedPrior } from "./types.ts";

/**
 * Fine-tuning through meta-training: the prior of a closed-form head and what a strategy trains of the network below it
 * learn together. A task is a slice of the catalogue; the gradient of its query loss goes through everybody's posterior to
 * the embeddings of both the items they met and the items they are asked about, and on into the network.
 *
 * @param start where the head starts, such as one trained on frozen features (Kumar et al. 2022); drawn unless given
 * @example
 * const learner = fineTuning(networkFeatures({ config, weights, tokens, strategy: strategyOf(config, "lora") }), world);
 * const { prior } = await metaTrain(learner, tasks, options);
 */
export function fineTuning(
  features: ItemFeatures,
  world: ContentWorld,
  given: Partial<FineTuneConfig> = {},
  start?: TunedPrior["head"],
): FineTuning {
  const config = { ...defaultFineTuneConfig, ...given };
  const traced: Traced = { features, world, config };
  const optimiser = optimiserOf(traced);
  const programs = slicePrograms(traced);
  const serving = tunedServing(traced);
  return {
    name: "content head",
    init(rng) {
      const prior: TunedPrior = {
        head: start ?? initHead(traced, rng.split("head")),
        trained: features.start(rng.split("trained")),
      };
      return { prior, optimiser: optimiser.init(prior) };
    },
    prior: (state) => state.prior,
    /** Slices one after the other: gradients are added up, so that a step needs the memory of one. */
    async metaStep({ prior, optimiser: moments }, tasks, rng) {
      const found = await sumOver(tasks, async (task, i) => {
        const out = await programs.run(task, { prior, rng: rng.split(i), gradients: true });
        return out as unknown as { loss: Float32Array; grads: TunedPrior };
      });
      const [updates, next] = optimiser.update(found.grads, moments, prior);
      return [{ prior: applyUpdates(prior, updates), optimiser: next }, { loss: found.loss }];
    },
    async queryLoss(prior, tasks) {
      const losses = new Float32Array(tasks.length);
      for (const [i, task] of tasks.entries()) {
        const { loss } = await programs.run(task, { prior, rng: createRng(i), gradients: false });
        losses[i] = (loss as Float32Array)[0]!;
      }
      return losses;
    },
    ...serving,
    release: () => programs.release(),
  };
}

interface SliceRun {
  readonly prior: TunedPrior;
  readonly rng: Rng;
  readonly gradients: boolean;
}

/** Programs of slices, by their size. */
function slicePrograms(traced: Traced): {
  run(task: Task, options: SliceRun): ReturnType<AnyProgram["run"]>;
  release(): Promise<void>;
} {
  const { features, world, config } = traced;
  const made: Promise<AnyProgram>[] = [];
  const programFor = memo((key: string) => {
    const { gradients, ...shape } = JSON.parse(key) as SliceShape & { gradients: boolean };
    const program = sliceProgram(traced, shape, gradients);
    made.push(program);
    return program;
  });
  return {
    async run(task, { prior, rng, gradients }) {
      const shape = shapeOf(task, config);
      const { items, feeds }: SliceLayout = layOutSlice(world, task, shape, rng);
      const program = await programFor(JSON.stringify({ ...shape, gradients }));
      return program.run({ prior, items: features.feeds(items), batch: feeds });
    },
    async release() {
      await Promise.all(made.map(async (program) => (await program).release()));
    },
  };
}

/** Items in eights, so that slices in which some item has no event share a program. */
function shapeOf({ support, query }: Task, { people }: FineTuneConfig): SliceShape {
  const room = (count: number): number => (count > 8 ? 8 * Math.ceil(count / 8) : bucketOf(count, 1));
  return { support: room(itemsOf(support).length), query: room(itemsOf(query).length), people };
}

/** Means over tasks of losses and gradients. */
async function sumOver(
  tasks: readonly Task[],
  run: (task: Task, i: number) => Promise<{ loss: Float32Array; grads: TunedPrior }>,
): Promise<{ loss: number; grads: TunedPrior }> {
  let grads: TunedPrior | undefined;
  let loss = 0;
  for (const [i, task] of tasks.entries()) {
    const out = await run(task, i);
    loss += out.loss[0]! / tasks.length;
    grads = grads === undefined ? out.grads : applyUpdates(grads, out.grads);
  }
  return { loss, grads: grads! };
}

/** Adam for both, the network's leaves at their own rates. Its updates do not depend on the gradients' common scale. */
function optimiserOf({ features, config }: Traced): Transform {
  const { learningRate, networkLearningRate, weightDecay, warmup, steps, clipNorm } = config;
  const rate = linearWarmup(warmup, cosineDecay({ from: learningRate, steps: Math.max(1, steps - warmup) }));
  const under = "trained.";
  const share = networkLearningRate / learningRate;
  return chain(
    clipByGlobalNorm(clipNorm),
    scaleByAdam({ beta2: 0.99 }),
    addDecayedWeights(weightDecay, (path) => path === "head.projection"),
    scaleLeaves((path) => (path.startsWith(under) ? share * features.rateOf(path.slice(under.length)) : 1)),
    scaleByLearningRate(rate),
  );
}

function initHead(traced: Traced, rng: Rng): TunedPrior["head"] {
  const shape = headShape(traced);
  const d = shape.embeddingSize;
  const head = initParams(contentChoiceShapes(shape), rng, (path) =>
    path === "projection"
      ? { deviation: 1 / Math.sqrt(d) }
      : { fill: path === "taste.logUntouched" ? Math.log(0.02) : 0 },
  ) as TunedPrior["head"];
  for (let at = d; at < head.projection.length; at += d + 1) head.projection[at] = 0;
  const last = Math.max(1, shape.levels - 1);
  head.taste.target.forEach((_, level, target) => {
    target[level] = (level / last - 0.3) / 0.7;
  });
  return head;
}
