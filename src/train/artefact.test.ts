import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentProgress } from "../base/progress.ts";
import type { Query } from "../data/query.ts";
import { syntheticWorld } from "../data/synthetic.ts";
import { bayesHead, withoutPeople } from "../meta/bayes/bayes-head.ts";
import { networkRanker } from "../meta/network/parts.ts";
import { unpackModel } from "../registry/model.ts";
import { loadArtefact, saveArtefact } from "../registry/registry.ts";
import { importOnnx } from "../tensor/index.ts";
import { toArtefact } from "./artefact.ts";
import { fitChoiceHead } from "./bayes-head.ts";
import { defaultConfig, parseTrainConfig, type TrainConfig } from "./config.ts";
import { splitFor } from "./prepare.ts";
import { type FittedSystem, type SavedParts, systemNamed } from "./systems.ts";

const dataset = syntheticWorld({ users: 250, items: 50, seed: 4 });
const { models, ...rest } = defaultConfig;
const ratings = { ...models["bayes-head"].ratings, epochs: 1, contentItems: 40 };
const config: TrainConfig = {
  ...rest,
  data: { name: "synthetic" },
  model: { ...models["bayes-head"], epochs: 1, embeddingSize: 4, ratings },
};
const { train, protocol } = splitFor(dataset, config);
const fit = { purpose: "full", seed: 1, validFraction: 0.1, context: { progress: silentProgress } } as const;
const candidates = protocol?.groups[0]?.cases[0]?.candidates ?? new Int32Array(0);

/** Somebody after the end of training, which is where a saved model lives. */
const query: Query = {
  history: { items: candidates.slice(0, 3), values: Float32Array.of(9, 2, 10) },
  time: 2_000_000_000,
};

let folder: string;
let head: FittedSystem;
let gradient: FittedSystem;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretaste-artefact-"));
  head = await systemNamed("bayes-head").fit(train, { ...fit, model: config.model });
  const small = { kind: "maml", epochs: 1, embeddingSize: 4, innerSteps: 1 };
  const { model } = parseTrainConfig({ model: small }, "test");
  gradient = await systemNamed("maml").fit(train, { ...fit, model });
});
afterAll(() => rm(folder, { recursive: true }));

async function saveAndLoad({ parts }: FittedSystem) {
  const about = { config, dataset, createdAt: 1_700_000_000_000, metrics: { mae: 1 } };
  const id = await saveArtefact(folder, await toArtefact(parts as SavedParts, about));
  return loadArtefact(join(folder, id));
}

test("the Bayes head comes back with the same scores, ratings and reasons", async () => {
  const artefact = await saveAndLoad(head);
  expect(artefact.id).toMatch(/^synthetic-bayes-head-[0-9a-f]{12}$/);
  expect(artefact.manifest.lineage.dataHash).toBe(dataset.hash);
  expect(Object.keys(artefact.programs)).toEqual([
    "choice-adapt",
    "choice-score",
    "liking-adapt",
    "liking-score",
  ]);
  const parts = unpackModel(artefact) as SavedParts;
  if (parts.kind !== "bayes-head" || head.parts?.kind !== "bayes-head") throw new Error("another kind");
  const [before, after] = [bayesHead(head.parts), bayesHead(parts)];
  const scores = await before.score(query, candidates);
  expect(new Set(scores).size).toBeGreaterThan(5);
  expect(await after.score(query, candidates)).toEqual(scores);
  expect(await after.rate(query, candidates)).toEqual(await before.rate(query, candidates));
  expect(await after.explain(query, candidates)).toEqual(await before.explain(query, candidates));
});

test("two members whose gates fuse come back with the same scores and reasons", async () => {
  if (head.parts?.kind !== "bayes-head") throw new Error("another kind");
  const model = {
    ...models["bayes-head"],
    epochs: 1,
    embeddingSize: 4,
    fusion: "gate",
    words: true,
    members: 2,
  } as const;
  const { head: choice } = await fitChoiceHead(train, model, fit);
  const parts = unpackModel(await saveAndLoad({ ...head, parts: { ...head.parts, choice } })) as SavedParts;
  if (parts.kind !== "bayes-head") throw new Error("another kind");
  expect(choice.catalogue.encoder.fields.map(({ column }) => column)).toContain("title");
  const [before, after] = [bayesHead({ ...head.parts, choice }), bayesHead(parts)];
  const scores = await before.score(query, candidates);
  expect(scores).not.toEqual(await head.ranker.score(query, candidates));
  expect(await after.score(query, candidates)).toEqual(scores);
  expect(await after.explain(query, candidates)).toEqual(await before.explain(query, candidates));
  const first = bayesHead({ ...parts, choice: { ...choice, others: [] } });
  expect(await first.score(query, candidates)).not.toEqual(scores);
});

test("the list of items that the exported steps score is saved beside them", async () => {
  const { files, programs } = await saveAndLoad(gradient);
  expect(JSON.parse(new TextDecoder().decode(files["items.json"]))).toEqual(dataset.items.ids);
  expect(Object.keys(programs)).toEqual(["network-adapt", "network-score"]);
  const { inputs, outputs } = importOnnx(programs["network-score"] ?? new Uint8Array());
  expect([Object.keys(inputs)[0], outputs.scores?.shape]).toEqual([
    "person.network.layers.0.weight",
    [dataset.items.ids.length],
  ]);
});

test("nothing of the people of training is saved", async () => {
  if (head.parts?.kind !== "bayes-head") throw new Error("another kind");
  const { choice, liking } = withoutPeople(head.parts);
  expect(choice.catalogue.means.userLevels).toHaveLength(0);
  expect(liking.knowledge.means.userLevels).toHaveLength(0);
  expect(liking.users.ids).toEqual([]);
  const { files } = await saveAndLoad(head);
  const json = new TextDecoder().decode(files["model.json"]);
  for (const id of dataset.users.ids) expect(json).not.toContain(`"${id}"`);
});

test("MAML comes back with the same scores", async () => {
  const artefact = await saveAndLoad(gradient);
  const parts = unpackModel(artefact) as SavedParts;
  if (parts.kind !== "network") throw new Error("another kind");
  const scores = await gradient.ranker.score(query, candidates);
  expect(await networkRanker(parts).score(query, candidates)).toEqual(scores);
});
