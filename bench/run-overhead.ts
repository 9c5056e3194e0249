/**
 * What a run of a tiny program costs besides arithmetic, on the caller's thread and off it, and what other execution
 * settings make of a meta-step: `npm run bench:run-overhead`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { resultsText } from "../src/evaluate/results.ts";
import { add, compile, input, type Program, sum, type Tensor } from "../src/tensor/index.ts";
import { interleaved, metaFeeds, metaStep, type Side, sizes } from "./meta-step.ts";

const what =
  "Time of a run: a program of 12 inputs of 32 numbers and 12 additions, and a meta-step of 32 tasks";
const command = "npm run bench:run-overhead";
const names = Array.from({ length: 12 }, (_, i) => `p${i}`);

type Inputs = Record<string, Tensor>;
type Outputs = { total: Tensor; all: Tensor };

function tiny(offThread: boolean): Promise<Program<Inputs, Outputs>> {
  const inputs = Object.fromEntries(names.map((name) => [name, input(name, [32])]));
  const total = Object.values(inputs).reduce((a, b) => add(a, b));
  return compile(inputs, { total, all: sum(total) }, { offThread });
}

const feeds = Object.fromEntries(names.map((name, i) => [name, new Float32Array(32).fill(i)]));
const [here, away] = [await tiny(false), await tiny(true)];
const into = { total: new Float32Array(32), all: new Float32Array(1) };
const tinySides: Side[] = [
  { name: "nothing but a turn of the event loop", run: () => new Promise((r) => setImmediate(() => r(0))) },
  { name: "run", run: async () => (await here.run(feeds)).all[0]! },
  { name: "run into given arrays", run: async () => (await here.run(feeds, { into })).all[0]! },
  { name: "run off the thread", run: async () => (await away.run(feeds)).all[0]! },
];

/** A meta-step's session settings. */
async function step(name: string, options: { threads: number; offThread: boolean }): Promise<Side> {
  const { inputs, outputs } = metaStep(32);
  const program = await compile(inputs, outputs, options);
  const numbers = metaFeeds(32);
  return { name: `meta-step, ${name}`, run: async () => (await program.run(numbers)).sum.loss[0]! };
}

const stepSides = [
  await step("threads 1", { threads: 1, offThread: false }),
  await step("threads 2", { threads: 2, offThread: false }),
  await step("threads 1, off the thread", { threads: 1, offThread: true }),
];
const found = [
  ...(await interleaved(tinySides, { warmUp: 20, runs: 200, each: 50 })),
  ...(await interleaved(stepSides, { warmUp: 10, runs: 200 })),
];
const rows = found.map(({ name, medianMs, p10Ms }) => {
  return { system: name, medianMs, p10Ms, load: loadavg()[0] };
});
for (const { name, medianMs, p10Ms } of found)
  console.log(`${name}: median ${(1000 * medianMs).toFixed(1)} µs, p10 ${(1000 * p10Ms).toFixed(1)} µs`);
mkdirSync("bench/results", { recursive: true });
writeFileSync(
  "bench/results/run-overhead.json",
  resultsText({ what: `${what} (${JSON.stringify(sizes)})`, command }, rows),
);
await Promise.all([here.release(), away.release()]);
