/** Foretaste as one side of the benchmark: a case in, JSON lines out, the same contract as bench/peers/peer.py. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { decodeTensors } from "../../src/registry/safetensors.ts";
import { compile, type Tensor, type Tree } from "../../src/tensor/index.ts";
import type { Case } from "./cases.ts";
import { wanted } from "./cases.ts";
import { trace } from "./traces.ts";

interface Order extends Case {
  readonly threads: number;
  readonly data: string;
}

const order = JSON.parse(readFileSync(process.argv[process.argv.indexOf("--case") + 1]!, "utf8")) as Order;
const tensors = decodeTensors(readFileSync(order.data));
const feeds = Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, t.data as Float32Array]));
const say = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

const started = performance.now();
const { inputs, outputs } = trace(order);
const program = await compile(inputs, outputs as Tree<Tensor>, { threads: order.threads, offThread: false });
const step = () => program.run(feeds) as Promise<{ loss: Float32Array; grads: Record<string, Float32Array> }>;
const compiled = performance.now() - started;
const first = await step();
const norm = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
const checks = Object.fromEntries(wanted(order).map((name) => [name, norm(first.grads[name]!)]));
say({
  ready: true,
  compile_ms: compiled,
  loss: first.loss[0],
  checks,
  version: "here",
  nodes: program.graph.nodes.length,
});

for await (const line of createInterface({ input: process.stdin })) {
  const { run, stop } = JSON.parse(line) as { run?: number; stop?: boolean };
  if (stop) break;
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
