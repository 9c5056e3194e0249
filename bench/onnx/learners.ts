import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentProgress } from "../../src/base/progress.ts";
import { createRng } from "../../src/base/rng.ts";
import type { Query, Ranker } from "../../src/data/query.ts";
import { syntheticWorld } from "../../src/data/synthetic.ts";
import { bayesHead, withoutPeople } from "../../src/meta/bayes/bayes-head.ts";
import { networkRanker } from "../../src/meta/network/parts.ts";
import { saveArtefact } from "../../src/registry/registry.ts";
import { toArtefact } from "../../src/train/artefact.ts";
import { defaultConfig, parseTrainConfig, type TrainConfig } from "../../src/train/config.ts";
import { splitFor } from "../../src/train/prepare.ts";
import { type SavedParts, systemNamed } from "../../src/train/systems.ts";
import { type Job, numbersOf } from "./job.ts";

const dataset = syntheticWorld({ users: 250, items: 50, seed: 4 });
const { models, ...rest } = defaultConfig;
const head = { ...models["bayes-head"], epochs: 3, embeddingSize: 8 };
const config: TrainConfig = { ...rest, data: { name: "synthetic" }, model: head };
const all = Int32Array.from(dataset.items.ids.keys());
const shots = 32;

/** People with 0 to 12 events, all of them after training. */
const people: readonly Query[] = [0, 1, 4, 12].map((events) => {
  const rng = createRng("people").split(String(events));
  const time = 2_000_000_000;
  const items = Int32Array.from(rng.sample(all, events));
  const times = Float64Array.from(items, (_, i) => time - (events - i) * 300_000);
  return { history: { items, values: Float32Array.from(items, () => 1 + rng.int(10)), times }, time };
});

/** Runs the example of docs/onnx.md, word for word, on a saved model; it must print the best items that are left. */
export async function runExample(python: string, folder: string): Promise<void> {
  const [, code] = /```python\n(.*?)```/s.exec(readFileSync("docs/onnx.md", "utf8")) ?? [];
  if (code === undefined) throw new Error("docs/onnx.md has no example");
  const saved = await saveArtefact(folder, await artefactOf(await fitted("bayes-head")));
  writeFileSync(join(folder, "example.py"), code);
  const printed = execFileSync(python, [join(folder, "example.py"), join(folder, saved)], {
    encoding: "utf8",
  });
  const best = JSON.parse(printed.replaceAll("'", '"')) as string[];
  const known = new Set(dataset.items.ids);
  if (best.length === 10 && new Set(best).size === 10 && best.every((id) => known.has(id))) return;
  throw new Error(`docs/onnx.md's example printed ${printed}`);
}

async function fitted(system: string): Promise<SavedParts> {
  const small = { kind: system, epochs: 3, embeddingSize: 8, innerSteps: 2 };
  const model = system === "bayes-head" ? head : parseTrainConfig({ model: small }, system).model;
  // For ratings, where a learner draws no items against the events and the file gets exactly what it gets.
  const fit = {
    purpose: system === "bayes-head" ? "full" : "query set",
    seed: 1,
    validFraction: 0.1,
    context: { progress: silentProgress },
  } as const;
  const { parts } = await systemNamed(system).fit(splitFor(dataset, config).train, { ...fit, model });
  return parts as SavedParts;
}

function artefactOf(saved: SavedParts): ReturnType<typeof toArtefact> {
  return toArtefact(saved, { config, dataset, createdAt: 0, metrics: {} });
}

/** The exported steps of every learner, trained on a small world, and what the learners themselves answer. */
export async function learnerJobs(): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const system of ["bayes-head", "maml", "fomaml"]) {
    const saved = await fitted(system);
    const artefact = await artefactOf(saved);
    const ranker: Ranker = saved.kind === "network" ? networkRanker(saved) : bayesHead(withoutPeople(saved));
    for (const [i, query] of people.entries()) {
      const rated = (await ranker.rate?.(query, all)) ?? new Float32Array();
      const part = saved.kind === "network" ? "network" : "liking";
      jobs.push(jobOf({ system, part, person: i, programs: artefact.programs }, query, { ratings: rated }));
      if (saved.kind !== "bayes-head") continue;
      const scores = await ranker.score(query, all);
      jobs.push(jobOf({ system, part: "choice", person: i, programs: artefact.programs }, query, { scores }));
    }
  }
  return jobs;
}

interface Step {
  readonly system: string;
  readonly part: string;
  readonly person: number;
  readonly programs: Readonly<Record<string, Uint8Array>>;
}

function jobOf(
  { system, part, person, programs }: Step,
  { history, time = 0 }: Query,
  answers: Readonly<Record<string, Float32Array>>,
): Job {
  const steps = ["adapt", "score"].map(
    (step) => [`${part}-${step}`, `${system}-${part}-${step}.onnx`] as const,
  );
  const padded = (values: ArrayLike<number>): number[] =>
    Array.from({ length: shots }, (_, i) => values[i] ?? 0);
  const float = (values: ArrayLike<number>) => numbersOf([shots], "float32", padded(values));
  return {
    name: `${system} ${part} ${person}`,
    group: `${system}, ${part}`,
    programs: Object.fromEntries(steps.map(([name, file]) => [file, programs[name] ?? new Uint8Array()])),
    feeds: {
      items: numbersOf([shots], "int32", padded(history.items)),
      values: float(history.values),
      mask: float(history.items.map(() => 1)),
      days: float(Array.from(history.times ?? [], (t) => (time - t) / 86_400)),
    },
    wanted: Object.fromEntries(
      Object.entries(answers).map(([name, data]) => [name, numbersOf([data.length], "float32", data)]),
    ),
  };
}
