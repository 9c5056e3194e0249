import { createRng, type Rng } from "../../base/rng.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import { type Encoder, fieldSize } from "../../encoders/encoder.ts";
import {
  addDecayedWeights,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  cosineDecay,
  linearWarmup,
  type RowOptimiser,
  rowAdam,
  scaleByAdam,
  scaleByLearningRate,
  type Transform,
} from "../../optim/index.ts";
import { memo } from "../buckets.ts";
import { type HostParams, initParams } from "../params.ts";
import { defaultMamlConfig, type MamlConfig } from "./maml-config.ts";
import { layOutTasks, levelWidth, type MamlLayout } from "./maml-layout.ts";
import { mamlShapes, mamlStepProgram, type PartName } from "./maml-programs.ts";
import { mamlServing } from "./maml-serving.ts";
import { type MamlWorld, rowGradients } from "./maml-tables.ts";
import type { Maml, MamlPrior } from "./maml-types.ts";

const names: readonly PartName[] = ["person", "content", "id"];

/**
 * MAML (Finn et al. 2017) on MeLU's network (Lee et al. 2019): the columns of user and item are embedded and joined,
 * the inner loop adapts the decision layers, embeddings are learned outside only. With `order: 1` it is FOMAML.
 *
 * @param people how attributes of people become tokens; an encoder without fields where they have none
 * @example
 * const learner = maml(fitCatalogue(train, { minEvents: 5 }), fitEncoder(train.users, rows), { order: 1 });
 */
export function maml(catalogue: Catalogue, people: Encoder, given: Partial<MamlConfig> = {}): Maml {
  const world = mamlWorld(catalogue, people, given);
  return { name: world.config.order === 1 ? "FOMAML" : "MAML", ...training(world), ...mamlServing(world) };
}

/** What the learner is made for, with the widths of its input. */
export function mamlWorld(catalogue: Catalogue, people: Encoder, given: Partial<MamlConfig> = {}): MamlWorld {
  const config = { ...defaultMamlConfig, ...given };
  const size = config.embeddingSize;
  const widths = {
    person: people.fields.length * size,
    content: catalogue.bags.fields.length * size,
    id: config.itemIds && catalogue.warm.length > 0 ? size : 0,
    level: config.itemLevels ? levelWidth : 0,
  };
  const levelPrior = new Float32Array(catalogue.items.ids.length);
  return { catalogue, people, config, widths, levelPrior };
}

type Training = Pick<Maml, "init" | "prior" | "metaStep" | "queryLoss">;

function training(world: MamlWorld): Training {
  const { embeddingSize } = world.config;
  const [optimiser, rows] = optimisers(world.config);
  const run = batchRunner(world);
  return {
    init(rng) {
      const prior = initPrior(world, rng);
      return {
        ...prior,
        optimiser: optimiser.init(prior.params),
        rows: eachPart((name) => rows.init(prior.tables[name], embeddingSize)),
      };
    },
    prior: ({ params, tables }) => ({ params, tables: eachPart((name) => tables[name].slice()) }),
    /** Changes the tables of `state` in place: `prior(state)` is the copy to keep. */
    async metaStep(state, tasks, rng) {
      const layout = layOutTasks(world, state.tables, tasks, rng);
      const { losses, grads } = await run(state, layout, true);
      const [updates, next] = optimiser.update(grads.params, state.optimiser, state.params);
      const sparse = rowGradients(world, layout, grads.parts);
      const moved = eachPart((name) => {
        const gradient = sparse[name];
        return gradient ? rows.update(gradient, state.rows[name], state.tables[name]) : state.rows[name];
      });
      const params = applyUpdates(state.params, updates);
      return [
        { params, tables: state.tables, optimiser: next, rows: moved },
        { loss: mean(losses, tasks.length) },
      ];
    },
    async queryLoss(prior, tasks) {
      const { batchTasks } = world.config;
      const out = new Float32Array(tasks.length);
      for (let start = 0; start < tasks.length; start += batchTasks) {
        const part = tasks.slice(start, start + batchTasks);
        const { losses } = await run(prior, layOutTasks(world, prior.tables, part, createRng(start)), false);
        out.set(losses.subarray(0, part.length), start);
      }
      return out;
    },
  };
}

function eachPart<T>(make: (name: PartName) => T): Readonly<Record<PartName, T>> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<PartName, T>;
}

function mean(values: Float32Array, count: number): number {
  return values.subarray(0, count).reduce((a, b) => a + b, 0) / count;
}

/** Dense parameters decay by their weights only: biases and inner learning rates do not. */
function optimisers(config: MamlConfig): [Transform, RowOptimiser] {
  const { learningRate: from, steps, weightDecay, clipNorm } = config;
  const learningRate = linearWarmup(30, cosineDecay({ from, steps: Math.max(1, steps - 30) }));
  const dense = chain(
    clipByGlobalNorm(clipNorm),
    scaleByAdam({ beta2: 0.99 }),
    addDecayedWeights(weightDecay, (path) => path.endsWith("weight")),
    scaleByLearningRate(learningRate),
  );
  return [dense, rowAdam({ learningRate, beta2: 0.99, weightDecay })];
}

interface StepResult {
  readonly losses: Float32Array;
  readonly grads: { readonly params: HostParams; readonly parts: Readonly<Record<string, Float32Array>> };
}

/** Runs a batch through the program of its shape. */
function batchRunner({
  config,
  widths,
}: MamlWorld): (prior: MamlPrior, layout: MamlLayout, gradients: boolean) => Promise<StepResult> {
  const programFor = memo((key: string) => {
    const [shots, items, gradients] = key.split(" ").map(Number) as [number, number, number];
    const shape = { tasks: config.batchTasks, shots, query: config.maxQuery, items };
    return mamlStepProgram(config, { shape, widths, gradients: gradients === 1 });
  });
  return async ({ params }, { shape, feeds }, gradients) => {
    const program = await programFor(`${shape.shots} ${shape.items} ${Number(gradients)}`);
    return (await program.run({ params, batch: feeds })) as unknown as StepResult;
  };
}

/** He's normal layers (He et al. 2015), zero biases, embeddings of deviation 0.1. */
function initPrior({ catalogue, people, config, widths }: MamlWorld, rng: Rng): MamlPrior {
  const params = initParams(mamlShapes(config, widths), rng.split("params"), (path, shape) => {
    if (path === "logRate") return { fill: Math.log(config.innerLearningRate) };
    return path.endsWith("weight") ? { deviation: Math.sqrt(2 / shape[0]!) } : { fill: 0 };
  });
  const sizes = {
    person: people.fields.reduce((sum, { field }) => sum + fieldSize(field), 0),
    content: catalogue.bags.tokens,
    id: widths.id > 0 ? catalogue.warm.length : 0,
  };
  const tables = eachPart((name) => {
    const stream = rng.split(name);
    return Float32Array.from({ length: sizes[name] * config.embeddingSize }, () => 0.1 * stream.normal());
  });
  return { params: params, tables };
}
