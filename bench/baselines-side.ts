/** Foretaste as one side of `bench:baselines`: a case in, JSON lines out, the same contract as bench/peers/ials.py. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createRng } from "../src/base/rng.ts";
import { startAls } from "../src/baselines/als/als.ts";
import type { Links } from "../src/baselines/als/plan.ts";
import { easeWeights } from "../src/baselines/ease.ts";
import type { BaselineCase } from "./baselines.ts";
import { transposeLinks } from "./baselines-data.ts";

/** One measured step, and what shows that it did what the peer does. */
interface Work {
  step(): Promise<void>;
  result(): { readonly loss: number; readonly checks: Readonly<Record<string, number>> };
}

const path = process.argv[process.argv.indexOf("--case") + 1]!;
const { workload, setting, threads, users, items, folder } = JSON.parse(
  readFileSync(path, "utf8"),
) as BaselineCase;

function ints(name: string): Int32Array {
  const bytes = readFileSync(`${folder}/${name}.bin`);
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** An epoch; the check is the share of pairs in the right order after `epochs` of them. */
async function ials(likes: Links): Promise<Work> {
  const run = startAls(likes, transposeLinks(likes, items), {
    embeddingSize: setting.embeddingSize!,
    epochs: 0,
    unobservedWeight: 1 / setting.alpha!,
    regularisation: setting.regularisation! / setting.alpha!,
    frequencyPower: 0,
    solverSteps: setting.solverSteps!,
    rng: createRng(1),
    threads,
  });
  for (let epoch = 1; epoch < setting.epochs!; epoch++) await run.epoch();
  const { width, users: u, items: v } = run.factors;
  const score = (user: number, item: number): number => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += u[user * width + k]! * v[item * width + k]!;
    return sum;
  };
  const pairs = ints("pairs");
  return {
    step: () => run.epoch(),
    result() {
      let right = 0;
      for (let at = 0; at < pairs.length; at += 3)
        right += score(pairs[at]!, pairs[at + 1]!) > score(pairs[at]!, pairs[at + 2]!) ? 1 : 0;
      return { loss: (3 * right) / pairs.length, checks: {} };
    },
  };
}

/** X^T X, the inverse and the weights; the checks are those of the weights. */
function ease(likes: Links): Work {
  let weights: Float32Array = new Float32Array(0);
  return {
    async step() {
      weights = await easeWeights(likes, items, { regularisation: setting.regularisation!, threads });
    },
    result() {
      let [sum, square] = [0, 0];
      for (const w of weights) {
        sum += w;
        square += w * w;
      }
      return { loss: sum, checks: { norm: Math.sqrt(square) } };
    },
  };
}

const likes = { offsets: ints("offsets"), others: ints("others") };
if (likes.offsets.length !== users + 1)
  throw new Error(`${users} users, but ${likes.offsets.length} offsets`);
const work = workload === "ials" ? await ials(likes) : ease(likes);
const say = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);
const started = performance.now();
await work.step();
say({ compile_ms: performance.now() - started, version: process.version, ...work.result() });
for await (const line of createInterface({ input: process.stdin })) {
  const wanted = JSON.parse(line) as { readonly run?: number };
  if (wanted.run === undefined) {
    say({ peak_mb: process.resourceUsage().maxRSS / 1024 });
    process.exit(0);
  }
  const ms: number[] = [];
  for (let n = 0; n < wanted.run; n++) {
    const from = performance.now();
    await work.step();
    ms.push(performance.now() - from);
  }
  say({ ms });
}
