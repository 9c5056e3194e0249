// transformers.js as a side of `bench:encoders`: node peer.mjs FOLDER THREADS. A line {"texts", "batch", "sorted"} in, a line
// {"ms", "cpuMs", "vectors"} out. Installed by `npm ci --ignore-scripts` (its onnxruntime-node would download CUDA otherwise).
import { basename, dirname } from "node:path";
import { createInterface } from "node:readline";
import { env, pipeline } from "@huggingface/transformers";

const [folder, threads] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = `${dirname(folder)}/`;
const extractor = await pipeline("feature-extraction", basename(folder), {
  dtype: "fp32",
  session_options: { intraOpNumThreads: Number(threads) },
});

async function embed(texts, batch, sorted) {
  const order = texts.map((_, i) => i);
  if (sorted) order.sort((a, b) => texts[b].length - texts[a].length);
  const vectors = [];
  for (let start = 0; start < order.length; start += batch) {
    const some = order.slice(start, start + batch);
    const found = await extractor(
      some.map((i) => texts[i]),
      { pooling: "mean", normalize: true },
    );
    const width = found.dims[1];
    some.forEach((i, row) => {
      vectors[i] = Array.from(found.data.slice(row * width, (row + 1) * width));
    });
  }
  return vectors;
}

console.log(JSON.stringify({ version: env.version }));
for await (const line of createInterface({ input: process.stdin })) {
  const { texts, batch, sorted } = JSON.parse(line);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const vectors = await embed(texts, batch, sorted);
  const { user, system } = process.cpuUsage(cpu);
  console.log(JSON.stringify({ ms: performance.now() - start, cpuMs: (user + system) / 1000, vectors }));
}
