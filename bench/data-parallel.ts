/**
 * One MAML meta-step in one session of one and of two threads, and cut into shards over one and two worker threads:
 * `npm run bench:data-parallel`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { resultsText } from "../src/evaluate/results.ts";
import { compile, dataParallel } from "../src/tensor/index.ts";
import { interleaved, metaFeeds, metaStep, type Side, sizes } from "./meta-step.ts";

const what =
  "A second-order MAML meta-step: one session, and shards over worker threads that give the same bits";
const command = "npm run bench:data-parallel";
const shards = 8;

/** What is measured, and how to let go of it. */
interface Measured extends Side {
  release(): Promise<void>;
}

async function session(tasks: number, threads: number): Promise<Measured> {
  const { inputs, outputs } = metaStep(tasks);
  const program = await compile(inputs, outputs, { threads, offThread: false });
  const feeds = metaFeeds(tasks);
  const name = `one session, threads ${threads}`;
  return { name, run: async () => (await program.run(feeds)).sum.loss[0]!, release: () => program.release() };
}

async function team(tasks: number, workers: number): Promise<Measured> {
  const { inputs, outputs } = metaStep(tasks / shards);
  const step = await dataParallel(inputs, outputs, { shards, workers });
  const feeds = metaFeeds(tasks);
  const name = `${shards} shards, workers ${workers}`;
  return { name, run: async () => (await step.run(feeds)).sum.loss[0]!, release: () => step.release() };
}

const rows: object[] = [];
for (const tasks of [32, 256]) {
  const sides = [
    await session(tasks, 1),
    await session(tasks, 2),
    await team(tasks, 1),
    await team(tasks, 2),
  ];
  for (const side of await interleaved(sides, { warmUp: 10, runs: tasks > 100 ? 60 : 200 })) {
    rows.push({
      tasks,
      ...sizes,
      system: side.name,
      medianMs: side.medianMs,
      p10Ms: side.p10Ms,
      load: loadavg()[0],
    });
    const time = `median ${side.medianMs.toFixed(2)} ms, p10 ${side.p10Ms.toFixed(2)} ms`;
    console.log(`${tasks} tasks, ${side.name}: ${time}, loss ${side.check.toPrecision(7)}`);
  }
  for (const side of sides) await side.release();
}
mkdirSync("bench/results", { recursive: true });
writeFileSync("bench/results/data-parallel.json", resultsText({ what, command }, rows));
