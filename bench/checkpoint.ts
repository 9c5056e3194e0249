/**
 * Peak memory and time of a gradient through a long unrolled loop, by how many steps lie between checkpoints:
 * `npm run bench:checkpoint`. Every setting runs in a process of its own, because a process never gives
 * its peak back; the settings take turns, and medians over the rounds are kept.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRng } from "../src/base/rng.ts";
import { resultsText } from "../src/evaluate/results.ts";
import {
  add,
  compile,
  gelu,
  grad,
  input,
  matmul,
  mean,
  mul,
  square,
  type Tensor,
  tanh,
  unroll,
} from "../src/tensor/index.ts";

const setting = { steps: 64, rows: 256, width: 256, inner: 1024 };
const spacings = [64, 32, 16, 8, 4, 1];
const rounds = 3;
const what = `Gradient through ${setting.steps} steps of a residual layer ${setting.width} -> ${setting.inner} -> ${setting.width}, ${setting.rows} rows, by checkpoint spacing`;

interface Measured {
  readonly operators: number;
  readonly compileMs: number;
  readonly runMs: number;
  /** Resident memory before the first run and at its highest, megabytes. */
  readonly beforeMb: number;
  readonly peakMb: number;
  readonly loss: number;
  readonly gradientNorm: number;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The loss after all steps and its gradient by the weights that every step shares. */
function trace(checkpointEvery: number) {
  const { steps, rows, width, inner } = setting;
  const inputs = {
    h: input("h", [rows, width]),
    up: input("up", [width, inner]),
    down: input("down", [inner, width]),
  };
  const step = (h: Tensor): readonly [Tensor, Record<string, never>] => {
    const change = matmul(gelu(matmul(h, inputs.up)), inputs.down);
    return [tanh(add(h, mul(0.2, change))), {}];
  };
  const [last] = unroll(step, inputs.h, { steps, checkpointEvery });
  const loss = mean(square(last));
  return { inputs, outputs: { loss, g: grad(loss, { up: inputs.up, down: inputs.down }) } };
}

async function measure(checkpointEvery: number): Promise<Measured> {
  const rng = createRng(1);
  const random = (size: number, scale: number): Float32Array =>
    Float32Array.from({ length: size }, () => scale * rng.normal());
  const { rows, width, inner } = setting;
  const feeds = {
    h: random(rows * width, 1),
    up: random(width * inner, width ** -0.5),
    down: random(inner * width, inner ** -0.5),
  };
  const start = performance.now();
  const { inputs, outputs } = trace(checkpointEvery);
  const program = await compile(inputs, outputs);
  const compileMs = performance.now() - start;
  const beforeMb = process.memoryUsage().rss / 2 ** 20;
  const times: number[] = [];
  let result = await program.run(feeds);
  for (let run = 0; run < 4; run++) {
    const begin = performance.now();
    result = await program.run(feeds);
    times.push(performance.now() - begin);
  }
  const peakMb = process.resourceUsage().maxRSS / 1024;
  const gradientNorm = Math.hypot(...[result.g.up, result.g.down].map((g) => Math.hypot(...chunks(g))));
  const operators = program.graph.nodes.length;
  const loss = result.loss[0] ?? Number.NaN;
  return { operators, compileMs, runMs: median(times), beforeMb, peakMb, loss, gradientNorm };
}

/** Norms of pieces: too many arguments overflow the stack. */
function chunks(values: Float32Array): number[] {
  const count = Math.ceil(values.length / 1000);
  return Array.from({ length: count }, (_, i) => Math.hypot(...values.subarray(i * 1000, (i + 1) * 1000)));
}

function inOwnProcess(checkpointEvery: number): Measured {
  const args = ["scripts/run.mjs", "bench/checkpoint.ts", "--every", String(checkpointEvery)];
  const text = execFileSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(text.trim().split("\n").at(-1) ?? "") as Measured;
}

function main(): void {
  const measured = new Map(spacings.map((every) => [every, [] as Measured[]]));
  for (let round = 0; round < rounds; round++)
    for (const [every, results] of measured) results.push(inOwnProcess(every));
  const rows = [...measured].map(([checkpointEvery, results]) => {
    const of = (key: keyof Measured): number => median(results.map((each) => each[key]));
    const [peakMb, beforeMb] = [of("peakMb"), of("beforeMb")];
    const figures = { operators: of("operators"), compileMs: of("compileMs"), runMs: of("runMs") };
    const check = { loss: of("loss"), gradientNorm: of("gradientNorm") };
    const memory = { peakMb, beforeMb, neededMb: peakMb - beforeMb };
    const load = loadavg()[0];
    return {
      workload: "unroll",
      setting,
      threads: 1,
      checkpointEvery,
      ...memory,
      ...figures,
      ...check,
      load,
    };
  });
  const file = join(import.meta.dirname, "results/checkpoint.json");
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, resultsText({ what, command: "npm run bench:checkpoint" }, rows));
  console.log(what);
  console.table(rows.map(({ setting: _, workload: __, threads: ___, ...figures }) => figures));
}

const { values } = parseArgs({ options: { every: { type: "string" } } });
if (values.every === undefined) main();
else console.log(JSON.stringify(await measure(Number(values.every))));
