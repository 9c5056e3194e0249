import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentProgress } from "../../src/base/progress.ts";
import { createCli } from "../../src/cli/cli.ts";
import { runProgram } from "../../src/cli/program.ts";
import { realEngine } from "../../src/cli/real-engine.ts";
import { syntheticWorld } from "../../src/data/synthetic.ts";
import type { RecommendationsAnswer } from "../../src/serve/contract.ts";
import { parseTrainConfig, type TrainConfig } from "../../src/train/config.ts";
import { quickBaselines, runEvaluation } from "../../src/train/run-evaluation.ts";
import { type RunOptions, runTraining, type TrainingResult } from "../../src/train/run-training.ts";

const description = `name = "small"
[events]
file = "ratings.csv"
format = "csv"
user = "user"
item = "item"
value = "value"
time = { column = "time", unit = "seconds" }
[items]
file = "films.csv"
format = "csv"
id = "item"
features.title = { column = "title", kind = "text" }
features.year = { column = "year", kind = "numeric" }
features.genres = { column = "genres", kind = "multi", separator = "|" }
[scale]
min = 0
max = 10
liked = 8
`;

let folder: string;
let config: TrainConfig;
let trained: TrainingResult;
const clock = { now: () => 1_700_000_000_000 };
const quiet: RunOptions = { progress: silentProgress, clock };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretaste-train-"));
  await writeWorld(join(folder, "data"));
  const data = { name: "small", description: join(folder, "data", "small.toml") };
  const ratings = { epochs: 1, contentItems: 32 };
  const model = { kind: "bayes-head", epochs: 3, embeddingSize: 4, batchTasks: 32, ratings };
  config = parseTrainConfig({ seed: 5, output: join(folder, "models"), data, model }, "test");
  trained = await runTraining(config, quiet);
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

/** A small generated world as files, as somebody would bring their own. */
async function writeWorld(dir: string): Promise<void> {
  const { users, items, interactions } = syntheticWorld({ users: 260, items: 50, seed: 3 });
  const { title, year, genres } = items.columns;
  const films = items.ids.map((id, i) => {
    const own = genres?.values[i] as readonly string[];
    return `${id},${String(title?.values[i])},${String(year?.values[i])},${own.join("|")}`;
  });
  const ratings = Array.from(interactions.value, (value, row) => {
    const [user, item] = [users.ids[interactions.user[row] ?? 0], items.ids[interactions.item[row] ?? 0]];
    return `${user},${item},${value},${interactions.time?.[row]}`;
  });
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "films.csv"), ["item,title,year,genres", ...films].join("\n"));
  await writeFile(join(dir, "ratings.csv"), ["user,item,value,time", ...ratings].join("\n"));
  await writeFile(join(dir, "small.toml"), description);
}

test("a run leaves a model, and one line of record with all that decided it", async () => {
  const lines = (await readFile(trained.recordFile, "utf8")).trim().split("\n");
  const record = JSON.parse(lines[0] ?? "") as TrainingResult["record"];
  expect(lines).toHaveLength(1);
  expect(record).toMatchObject({
    config: { seed: 5, model: { kind: "bayes-head", epochs: 3 } },
    dataset: { name: "small", hash: trained.prepared.dataset.hash },
    machine: { node: process.version },
    model: trained.path.split("/").at(-1),
  });
  expect(record.traces["choice"]?.history).toHaveLength(3);
  expect(record.quality.filter(({ mean }) => Number.isFinite(mean)).length).toBeGreaterThan(6);
});

test("stopped in the middle and started again: the same losses, the same model, the same quality", async () => {
  const output = join(folder, "resumed");
  for (const part of ["choice", "liking"] as const) {
    await rm(output, { recursive: true, force: true });
    const stopped = runTraining({ ...config, output }, stopping(part === "choice" ? "choose" : "liked"));
    await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
    expect((await readdir(join(output, ".checkpoints"))).join()).toContain(part);
    const again = await runTraining({ ...config, output }, quiet);
    const ours = Object.entries(again.record.traces).map(([name, trace]) => [name, { ...trace, resumed: 0 }]);
    expect(Object.fromEntries(ours)).toEqual(trained.record.traces);
    expect(again.record.quality).toEqual(trained.record.quality);
    expect(await readdir(join(output, ".checkpoints"))).toEqual([]);
  }
}, 60_000);

/** Stops the run at the third sign of life of the work with this word in its label. */
function stopping(word: string): RunOptions {
  const controller = new AbortController();
  const progress: RunOptions["progress"] = {
    start(label) {
      let signs = 0;
      const update = (): void => {
        if (label.includes(word) && ++signs === 3) controller.abort();
      };
      return { update, finish() {} };
    },
  };
  return { progress, signal: controller.signal, clock };
}

test("the saved model, evaluated again, has the figures of its training", async () => {
  const { quality, model } = await runEvaluation({ model: trained.path }, quiet);
  expect(trained.path).toContain(model);
  const ours = quality.rows.filter(({ system }) => system === "Bayes head");
  expect(ours).toEqual(trained.record.quality);
  expect(new Set(quality.rows.map(({ system }) => system)).size).toBe(quickBaselines.length + 1);
  const one = await runEvaluation({ model: trained.path, shots: [1] }, quiet);
  expect(one.quality.rows.every(({ shots }) => shots === 1)).toBe(true);
}, 60_000);

test("evaluating on other data is refused, because nobody could say who is unseen", async () => {
  const other = runEvaluation({ model: trained.path, data: { name: "synthetic" } }, quiet);
  await expect(other).rejects.toMatchObject({ code: "DATA" });
}, 60_000);

test("recommend on the saved model: typed titles, reasons that sum to the score", async () => {
  const { items } = trained.prepared.dataset;
  const [first, second] = (items.columns["title"]?.values ?? []) as readonly string[];
  const likes = ["--like", String(first), "--like", String(second)];
  const { code, out, err } = await command(["recommend", "--model", trained.path, ...likes, "--json"]);
  expect([code, err]).toEqual([0, ""]);
  const answer = JSON.parse(out) as RecommendationsAnswer;
  expect(answer.items).toHaveLength(10);
  for (const { id, score, reasons } of answer.items) {
    expect(items.ids.slice(0, 2)).not.toContain(id);
    expect(reasons.reduce((sum, { contribution }) => sum + contribution, 0)).toBe(score);
    expect(reasons.filter(({ kind }) => kind === "event").map(({ title }) => title)).toEqual([first, second]);
  }
});

test("train and evaluate from the command line, MAML too", async () => {
  const data = ["--description", join(folder, "data", "small.toml"), "--dataset", "small"];
  const output = join(folder, "maml");
  const size = ["--epochs", "1", "--embedding-size", "4", "--inner-steps", "1"];
  const ran = await command(["train", "--model", "maml", ...data, ...size, "--output", output]);
  expect([ran.code, ran.out]).toEqual([0, expect.stringContaining("Saved as ")]);
  const judged = await command(["evaluate", "--models", output, "--shots", "0,1"]);
  expect(judged.code).toBe(0);
  expect(judged.out).toContain("nDCG@10");
  expect(judged.out).toMatch(/^MAML {2}/m);
  const listed = await command(["recommend", "--models", output, "-n", "3"]);
  expect(listed.out).toContain("the item itself");
}, 60_000);

async function command(args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const texts = { out: "", err: "" };
  stdout.setEncoding("utf8").on("data", (text: string) => (texts.out += text));
  stderr.setEncoding("utf8").on("data", (text: string) => (texts.err += text));
  const signal = new AbortController().signal;
  const outside = { stdin: Readable.from([""]), stdout, stderr, env: {}, clock, signal };
  const cli = createCli(outside);
  const code = await runProgram(args, cli, realEngine);
  const err = texts.err.split("\n").filter((line) => !line.includes("done in") && !line.startsWith("\nFor"));
  return {
    code,
    out: texts.out,
    err: err
      .join("\n")
      .replace(/^\n?For .*:\n?/, "")
      .trim(),
  };
}
