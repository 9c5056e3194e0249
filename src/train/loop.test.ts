import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentProgress } from "../base/progress.ts";
import { emptyHistory, type History } from "../data/query.ts";
import type { Learner } from "../meta/learner.ts";
import type { Task } from "../tasks/task.ts";
import { type LoopOptions, type LoopTasks, metaTrain } from "./loop.ts";

/**
 * A learner whose every number is known: the prior is one number w, the loss of a task with query value v is
 * (w - v)^2, and a step of rate .25 moves w half of the way to the mean v of the batch, plus seeded noise.
 */
interface Prior {
  readonly w: Float32Array;
}
interface State extends Prior {
  readonly steps: number;
}

function halving({ noise = 0, diverge = false } = {}): Learner<Prior, Prior, State> {
  const valueOf = (task: Task): number => task.query.values[0] ?? 0;
  return {
    name: "halving",
    init: () => ({ w: Float32Array.of(8), steps: 0 }),
    prior: ({ w }) => ({ w: w.slice() }),
    adapt: async (prior) => [prior, {}],
    score: async (_prior, _fitted, items) => new Float32Array(items.length),
    async metaStep(state, tasks, rng) {
      const mean = tasks.reduce((sum, task) => sum + valueOf(task), 0) / tasks.length;
      const w = state.w[0] ?? 0;
      // In place, as the tables of the ratings head are.
      state.w[0] = (w + mean) / 2 + noise * rng.normal();
      return [{ w: state.w, steps: state.steps + 1 }, { loss: diverge ? Number.NaN : (w - mean) ** 2 }];
    },
    queryLoss: async (prior, tasks) =>
      Float32Array.from(tasks, (task) => ((prior.w[0] ?? 0) - valueOf(task)) ** 2),
  };
}

function taskOf(value: number): Task {
  const query: History = { items: Int32Array.of(0), values: Float32Array.of(value) };
  return { id: "t", support: emptyHistory, query };
}

/** Four tasks, so two steps of two; training pulls to `value`, validation wants `wanted`. */
function tasksOf(value: number, wanted: number): LoopTasks {
  const sample: LoopTasks["sample"] = (rng) =>
    [0, 1, 2, 3].map((subject) => ({ subject, shots: 0, seed: String(rng.int(100)) }));
  return { sample, build: () => taskOf(value), valid: [taskOf(wanted)] };
}

const context = { progress: silentProgress };
const options: LoopOptions = { label: "train", seed: 3, epochs: 5, batchTasks: 2, patience: 9, context };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretaste-loop-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("losses and the prior are those computed by hand", async () => {
  // w: 8, then halved twice an epoch: 2, then .5.
  const trained = await metaTrain(halving(), tasksOf(0, 0), { ...options, epochs: 2 });
  expect([...trained.prior.w]).toEqual([0.5]);
  expect(trained.history).toEqual([
    { epoch: 1, loss: (64 + 16) / 2, valid: 4 },
    { epoch: 2, loss: (4 + 1) / 2, valid: 0.25 },
  ]);
  expect([trained.bestEpoch, trained.bestValid]).toEqual([2, 0.25]);
});

test("the best prior is kept, and training stops when patience ends", async () => {
  // Validation wants 2, which is where w is after the first epoch.
  const trained = await metaTrain(halving(), tasksOf(0, 2), { ...options, epochs: 50, patience: 3 });
  expect([trained.bestEpoch, [...trained.prior.w], trained.history.length]).toEqual([1, [2], 4]);
});

test("without patience it goes on to the end and keeps the last prior", async () => {
  const trained = await metaTrain(halving(), tasksOf(0, 2), { ...options, epochs: 3, patience: 0 });
  // 8, 2, .5, .125: validation was best after the first
  expect([trained.bestEpoch, [...trained.prior.w], trained.history.length]).toEqual([3, [0.125], 3]);
});

test("when nothing is learned, the prior as it was drawn is kept and said so", async () => {
  const trained = await metaTrain(halving(), tasksOf(0, 8), { ...options, patience: 2 });
  expect([trained.bestEpoch, [...trained.prior.w], trained.history.length]).toEqual([0, [8], 2]);
});

test("averaging keeps the moving average of the priors", async () => {
  // The average opens with weights 1/10 and 2/11: .1 * 8 + .9 * 4 = 4.4, then 2/11 * 4.4 + 9/11 * 2.
  const trained = await metaTrain(halving(), tasksOf(0, 0), { ...options, epochs: 1, averaging: 0.99 });
  expect(trained.prior.w[0]).toBeCloseTo((2 / 11) * 4.4 + (9 / 11) * 2, 5);
  const slow = await metaTrain(halving(), tasksOf(0, 0), { ...options, epochs: 1, averaging: 0.05 });
  expect(slow.prior.w[0]).toBeCloseTo(0.05 * (0.05 * 8 + 0.95 * 4) + 0.95 * 2, 5);
});

test("a run that is stopped in the middle of an epoch and resumed gives the same numbers", async () => {
  const setting = { ...options, averaging: 0.9 };
  const whole = await metaTrain(halving({ noise: 1 }), tasksOf(0, 0), setting);
  for (const stopAt of [1, 4, 5, 7]) {
    const checkpoint = join(folder, `stop-${stopAt}`, "state.safetensors");
    const controller = new AbortController();
    const learner = halving({ noise: 1 });
    const stopping: typeof learner = {
      ...learner,
      async metaStep(state, tasks, rng) {
        const result = await learner.metaStep(state, tasks, rng);
        if (result[0].steps === stopAt) controller.abort();
        return result;
      },
    };
    const stopped = metaTrain(stopping, tasksOf(0, 0), {
      ...setting,
      checkpoint,
      context: { ...context, signal: controller.signal },
    });
    await expect(stopped).rejects.toMatchObject({ code: "CANCELLED", parts: { expected: "5 epochs" } });
    const resumed = await metaTrain(halving({ noise: 1 }), tasksOf(0, 0), { ...setting, checkpoint });
    expect({ ...resumed, resumed: 0 }).toEqual(whole);
    expect(resumed.resumed).toBe(Math.floor(stopAt / 2));
    const finished: typeof learner = { ...learner, metaStep: () => Promise.reject(new Error("a step")) };
    const again = await metaTrain(finished, tasksOf(0, 0), { ...setting, checkpoint });
    expect({ ...again, resumed: 0 }).toEqual(whole);
  }
});

test("a checkpoint of another model, or a damaged one, is refused and left alone", async () => {
  const checkpoint = join(folder, "foreign.safetensors");
  await writeFile(checkpoint, "no tensors");
  const run = metaTrain(halving(), tasksOf(0, 0), { ...options, checkpoint });
  await expect(run).rejects.toMatchObject({ code: "ARTEFACT" });
  expect(await readdir(folder)).toContain("foreign.safetensors");
});

test("a loss that is not a number is refused with the place", async () => {
  const run = metaTrain(halving({ diverge: true }), tasksOf(0, 0), options);
  await expect(run).rejects.toMatchObject({
    code: "NUMERIC",
    parts: { where: "halving, epoch 1, step 1", got: "NaN" },
  });
});

test("every step draws numbers of its own, and the same ones in the next run", async () => {
  const drawn: number[][] = [[], []];
  for (const list of drawn) {
    const learner = halving();
    const listening: typeof learner = {
      ...learner,
      metaStep: (state, tasks, rng) => {
        list.push(rng.next());
        return learner.metaStep(state, tasks, rng);
      },
    };
    await metaTrain(listening, tasksOf(0, 0), options);
  }
  expect(drawn[0]).toHaveLength(10);
  expect(new Set(drawn[0]).size).toBe(10);
  expect(drawn[1]).toEqual(drawn[0]);
});

test("replay: batches meet earlier tasks again, drawn from what was met before, and a resumed run meets the same", async () => {
  const met: string[][] = [];
  const base = halving();
  const watching = {
    ...base,
    metaStep: (state: State, tasks: readonly Task[], rng: Parameters<typeof base.metaStep>[2]) => {
      met.push(tasks.map(({ id }) => id));
      return base.metaStep(state, tasks, rng);
    },
  };
  const tasks: LoopTasks = {
    ...tasksOf(1, 1),
    sample: () => [0, 1, 2, 3].map((subject) => ({ subject, shots: 0, seed: "s" })),
    build: ({ subject }) => ({ ...taskOf(1), id: String(subject) }),
  };
  const runFor = async (epochs: number, checkpoint?: string): Promise<void> =>
    void (await metaTrain(watching, tasks, {
      ...options,
      epochs,
      replay: 1,
      ...(checkpoint && { checkpoint }),
    }));
  await runFor(3);
  const whole = met.splice(0);
  expect(whole.map((batch) => batch.length)).toEqual([2, 3, 3, 3, 3, 3]);
  for (const epoch of [0, 1, 2]) {
    const own = [...whole[2 * epoch]!.slice(0, 2), ...whole[2 * epoch + 1]!.slice(0, 2)];
    expect(own.sort()).toEqual(["0", "1", "2", "3"]);
  }
  expect(whole[0]).toContain(whole[1]![2]);
  const file = join(folder, "replay.safetensors");
  await runFor(1, file);
  await runFor(3, file);
  expect(met).toEqual(whole);
});
