/**
 * One MAML meta-step on the processor and on the graphics processor of this machine, if a program runs on one:
 * `npm run bench:webgpu -- [device]`. Without an argument it takes `webgpu`, else `cuda`; where none starts
 * it says so and writes nothing. A named device is measured and printed only, so `cpu` tries the script itself.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { resultsText } from "../src/evaluate/results.ts";
import { compile, type Device, listDevices } from "../src/tensor/index.ts";
import { interleaved, metaFeeds, metaStep, type Side, sizes } from "./meta-step.ts";

const what =
  "A second-order MAML meta-step on the processor (one thread) and on a graphics processor, feeds and results on the host";
const command = "npm run bench:webgpu";

async function side(tasks: number, device: Device): Promise<Side> {
  const { inputs, outputs } = metaStep(tasks);
  const program = await compile(inputs, outputs, { device, offThread: false });
  const feeds = metaFeeds(tasks);
  return { name: device, run: async () => (await program.run(feeds)).sum.loss[0]! };
}

async function measure(device: Device): Promise<object[]> {
  const rows: object[] = [];
  for (const tasks of [32, 256]) {
    const sides = [await side(tasks, "cpu"), await side(tasks, device)];
    const found = await interleaved(sides, { warmUp: 20, runs: 100 });
    const [ours, theirs] = found.map(({ check }) => check) as [number, number];
    if (!(Math.abs(ours - theirs) <= 1e-3 * Math.abs(ours)))
      throw new Error(`${tasks} tasks: loss ${ours} on cpu, ${theirs} on ${device}`);
    for (const { name, medianMs, p10Ms, check } of found) {
      rows.push({ tasks, ...sizes, device: name, medianMs, p10Ms, loss: check, load: loadavg()[0] });
      console.log(
        `${tasks} tasks on ${name}: median ${medianMs.toFixed(2)} ms, loss ${check.toPrecision(6)}`,
      );
    }
  }
  return rows;
}

const named = process.argv[2] as Device | undefined;
const devices = await listDevices();
const gpu = (["webgpu", "cuda"] as const).find((name) => devices.some((d) => d.device === name && d.starts));
const device = named ?? gpu;
if (device === undefined) {
  const why = devices.filter((d) => d.device === "webgpu" || d.device === "cuda");
  console.log(
    `No graphics processor here: ${why.map((d) => `${d.device}: ${d.why}`).join("; ")}. Nothing measured.`,
  );
} else {
  const rows = await measure(device);
  if (named === undefined) {
    mkdirSync("bench/results", { recursive: true });
    writeFileSync("bench/results/webgpu.json", resultsText({ what, command }, rows));
  }
}
