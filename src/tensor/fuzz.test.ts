import fc from "fast-check";
import { expect, test } from "vitest";
import { misses } from "../../testing/backend-contract.ts";
import { buildRandom, type RandomProgram, randomProgram } from "../../testing/random-program.ts";
import { evaluate } from "../../testing/reference.ts";
import { hostArrayOf } from "../../testing/tensor-literal.ts";
import { compile, grad, sum, type Tensor } from "./index.ts";
import { simplify } from "./simplify/simplify.ts";

/** onnxruntime, which runs the simplified graph in float32, against the graph as traced in float64. */
async function disagreements(program: RandomProgram, kinks: boolean): Promise<string[]> {
  const { inputs, outputs } = buildRandom(program, { kinks });
  const feeds = Object.fromEntries(Object.entries(program.values).map(([name, v]) => [name, hostArrayOf(v)]));
  const named: Record<string, Tensor> = Object.fromEntries(outputs.map((y, i) => [`out${i}`, y]));
  if (!kinks) {
    const gradients = grad(sum(outputs.at(-1) as Tensor), inputs);
    Object.entries(gradients).forEach(([name, g]) => (named[`gradient of ${name}`] = g));
  }
  const compiled = await compile(inputs, named);
  const got = await compiled.run(feeds);
  await compiled.release();
  const tensors = new Map(Object.entries(inputs).map(([name, x]) => [x, feeds[name] ?? []]));
  const wanted = evaluate(Object.values(named), tensors);
  return Object.keys(named).flatMap((name, i) =>
    misses(got[name] ?? [], wanted[i] ?? [], 5e-5).map((miss) => `${name}: ${miss}`),
  );
}

test("random programs: onnxruntime agrees with the reference", async () => {
  const property = fc.asyncProperty(randomProgram, async (program) => {
    expect(await disagreements(program, true)).toEqual([]);
  });
  await fc.assert(property, { seed: 1, numRuns: 120 });
});

test("random smooth programs: so do their gradients", async () => {
  const property = fc.asyncProperty(randomProgram, async (program) => {
    expect(await disagreements(program, false)).toEqual([]);
  });
  await fc.assert(property, { seed: 2, numRuns: 80 });
});

test("random programs: simplifying keeps every value in float64, and simplifying again changes nothing", () => {
  const property = fc.property(randomProgram, (program) => {
    const { inputs, outputs } = buildRandom(program, { kinks: true });
    const feeds = new Map(Object.entries(inputs).map(([name, x]) => [x, program.values[name]?.data ?? []]));
    const simple = simplify(outputs);
    const [wanted, got] = [evaluate(outputs, feeds), evaluate(simple, feeds)];
    outputs.forEach((_, i) => expect(misses(got[i] ?? [], wanted[i] ?? [], 1e-6)).toEqual([]));
    simplify(simple).forEach((x, i) => expect(x).toBe(simple[i]));
  });
  fc.assert(property, { seed: 3, numRuns: 300 });
});
