import { createRng, type Rng } from "../../base/rng.ts";
import type { Table } from "../../data/dataset.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import type { Encoder } from "../../encoders/encoder.ts";
import {
  addDecayedWeights,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  constantRate,
  cosineDecay,
  linearWarmup,
  type RowOptimiser,
  rowAdam,
  scaleByAdam,
  scaleByLearningRate,
  type Transform,
} from "../../optim/index.ts";
import { sizeOf } from "../../tensor/index.ts";
import { memo } from "../buckets.ts";
import type { HostParams } from "../params.ts";
import { type Layout, layOutTasks } from "./layout.ts";
import type { NetworkConfig } from "./network-config.ts";
import { meanOfCopies, reptileOuter } from "./reptile.ts";
import { networkServing } from "./serving.ts";
import { initPrior } from "./start.ts";
import { stepProgram } from "./step.ts";
import { eachPart, type Parts, rowGradients } from "./tables.ts";
import type { NetworkLearner, NetworkPrior } from "./types.ts";
import { type NetworkWorld, networkWorld } from "./world.ts";

/**
 * Any method of `methods.ts` on any network of `src/models/models.ts`: embeddings of attributes and IDs outside,
 * adaptation to a task in between, one meta-gradient for all of it. A person, an item or a domain can be the task.
 *
 * @param people how attributes of people become tokens; an encoder without fields where they have none
 * @param users the table whose rows events name, where tasks are about items or domains
 * @throws NOT_FOUND for an unknown method or network; CONFIG where the parts do not fit
 * @example
 * const learner = networkLearner(fitCatalogue(train, { minEvents: 5 }), fitEncoder(train.users, rows), { method: "anil" });
 */
export function networkLearner(
  catalogue: Catalogue,
  people: Encoder,
  given: Partial<NetworkConfig> = {},
  users?: Table,
): NetworkLearner {
  const world = networkWorld(catalogue, people, given, users);
  return { name: nameOf(world), ...training(world), ...networkServing(world) };
}

/** @example "MAML", "MAML on DeepFM" */
export function nameOf({ method, model }: NetworkWorld): string {
  return model.name === "mlp" ? method.title : `${method.title} on ${model.title}`;
}

function training(world: NetworkWorld): Pick<NetworkLearner, "init" | "prior" | "metaStep" | "queryLoss"> {
  const { embeddingSize, batchTasks } = world.config;
  const [optimiser, rows] = optimisers(world);
  const run = batchRunner(world);
  const isReptile = world.method.outer === "reptile";
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
      const layout = layOutTasks(world, state.tables, tasks, (_, i) => rng.split(i));
      const { losses, grads } = await run(state, layout, rng.split("random"));
      const [updates, next] = optimiser.update(grads.params, state.optimiser, state.params);
      const sparse = isReptile
        ? meanOfCopies(world, layout, grads.parts)
        : rowGradients(world, layout.embedded, grads.parts);
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
      const out = new Float32Array(tasks.length);
      for (let start = 0; start < tasks.length; start += batchTasks) {
        const part = tasks.slice(start, start + batchTasks);
        const layout = layOutTasks(world, prior.tables, part, ({ id }) => createRng(`judged ${id}`));
        const { losses } = await run(prior, layout);
        out.set(losses.subarray(0, part.length), start);
      }
      return out;
    },
  };
}

function mean(values: Float32Array, count: number): number {
  return values.subarray(0, count).reduce((a, b) => a + b, 0) / count;
}

/** Dense parameters decay by their weights only: biases and inner learning rates do not. */
function optimisers({ config, method }: NetworkWorld): [Transform, RowOptimiser] {
  const { learningRate: from, decay, steps, weightDecay, clipNorm, squaresDecay: beta2 } = config;
  const later = decay ? cosineDecay({ from, steps: Math.max(1, steps - 30) }) : constantRate(from);
  const learningRate = linearWarmup(30, later);
  if (method.outer === "reptile") return reptileOuter(learningRate);
  const dense = chain(
    clipByGlobalNorm(clipNorm),
    scaleByAdam({ beta2 }),
    addDecayedWeights(weightDecay, (path) => path.endsWith("weight")),
    scaleByLearningRate(learningRate),
  );
  return [dense, rowAdam({ learningRate, beta2, weightDecay })];
}

interface StepResult {
  readonly losses: Float32Array;
  readonly grads: { readonly params: HostParams; readonly parts: Parts };
}

/** Runs a batch through the program of its shape, with gradients where a stream for its random inputs is given. */
function batchRunner(
  world: NetworkWorld,
): (prior: NetworkPrior, layout: Layout, rng?: Rng) => Promise<StepResult> {
  const programFor = memo((key: string) => {
    const [shots, items, users, gradients] = key.split(" ").map(Number) as [number, number, number, number];
    const { batchTasks: tasks, maxQuery, negatives } = world.config;
    const shape = { tasks, shots, query: maxQuery * (1 + negatives), items, users };
    return stepProgram(world, { shape, gradients: gradients === 1 });
  });
  return async ({ params }, { shape, feeds }, rng) => {
    const key = `${shape.shots} ${shape.items} ${shape.users} ${Number(rng !== undefined)}`;
    const { program, random } = await programFor(key);
    const drawn = Object.entries(random).map(
      ([name, size]) =>
        [name, draw(name, sizeOf(size), { rng: rng as Rng, dropout: world.config.dropout })] as const,
    );
    const all = { params, batch: feeds, random: Object.fromEntries(drawn) };
    return (await program.run(all)) as unknown as StepResult;
  };
}

/** Standard normal numbers for a "noise", 1 with probability `1 - dropout` for a "keep". */
function draw(name: string, size: number, { rng, dropout }: { rng: Rng; dropout: number }): Float32Array {
  const stream = rng.split(name);
  const next = name.startsWith("noise") ? () => stream.normal() : () => Number(stream.next() >= dropout);
  return Float32Array.from({ length: size }, next);
}
