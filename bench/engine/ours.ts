/** Foretaste as one side of the benchmark: a case in, JSON lines out, the same contract as bench/peers/peer.py. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { compile, costOf, dataParallel, flatten, type Tree } from "../../src/tensor/index.ts";
import { buildGraph } from "../../src/tensor/program.ts";
import { decodeTensors } from "../../src/tensor/safetensors/safetensors.ts";
import type { Case } from "./cases.ts";
import { batchInputs, wanted } from "./cases.ts";
import { trace } from "./traces.ts";

interface Order extends Case {
  readonly threads: number;
  readonly data: string;
}

/** Tasks of one shard: what one core works on stays in its cache. */
const TASKS_PER_SHARD = 32;

/** One step: the loss and every gradient, by name. */
type Step = () => Promise<ReadonlyMap<string, Float32Array>>;

/** Shards of the batch, at least one a thread. */
function shardsOf({ settings, threads }: Order): number {
  return Math.max(threads, Math.ceil((settings["tasks"] ?? 0) / TASKS_PER_SHARD));
}

async function prepare(order: Order, arrays: Readonly<Record<string, Float32Array>>): Promise<Step> {
  const shards = shardsOf(order);
  const { inputs, outputs } = trace(order, shards);
  const batch = batchInputs(order);
  const feeds = {
    shared: Object.fromEntries(Object.entries(arrays).filter(([name]) => !batch.includes(name))),
    batch: Object.fromEntries(Object.entries(arrays).filter(([name]) => batch.includes(name))),
  };
  const program =
    shards === 1
      ? await compile(inputs, outputs, { offThread: false })
      : await dataParallel(inputs, outputs, {
          shards,
          workers: order.threads - 1,
          takePart: true,
          reuseResults: true,
        });
  return async () => {
    const { sum, each } = await program.run(feeds);
    return new Map([...flatten<Float32Array>(sum as Tree<Float32Array>), ...Object.entries(each)]);
  };
}

const order = JSON.parse(readFileSync(process.argv[process.argv.indexOf("--case") + 1]!, "utf8")) as Order;
const tensors = decodeTensors(readFileSync(order.data));
const arrays = Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, t.data as Float32Array]));
const say = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

const started = performance.now();
const step = await prepare(order, arrays);
const compiled = performance.now() - started;
const first = await step();
const norm = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
const checks = Object.fromEntries(wanted(order).map((name) => [name, norm(first.get(name)!)]));
say({
  ready: true,
  compile_ms: compiled,
  loss: first.get("loss")![0],
  checks,
  version: "here",
  cost: cost(),
});

/** Of all shards, counted on the graph as it is run. */
function cost(): { flops: number; bytes: number; nodes: number } {
  const shards = shardsOf(order);
  const { inputs, outputs } = trace(order, shards);
  const graph = buildGraph(inputs, outputs);
  const { flops, bytes } = costOf(graph);
  return { flops: shards * flops, bytes: shards * bytes, nodes: graph.nodes.length };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { run, stop } = JSON.parse(line) as { run?: number; stop?: boolean };
  if (stop === true) break;
  const ms: number[] = [];
  for (let i = 0; i < run!; i++) {
    const start = performance.now();
    await step();
    ms.push(performance.now() - start);
  }
  say({ ms });
}
say({ peak_mb: process.resourceUsage().maxRSS / 1024 });
process.exit(0);
