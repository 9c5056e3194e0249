import fc from "fast-check";
import { expect, test } from "vitest";
import { misses } from "../../../testing/backend-contract.ts";
import { buildRandom, randomProgram } from "../../../testing/random-program.ts";
import { evaluate } from "../../../testing/reference.ts";
import { tensorCases } from "../../../testing/tensor-cases/index.ts";
import { hostArrayOf, inputsLike, type Literal, valueOf } from "../../../testing/tensor-literal.ts";
import { importOnnx, type Tensor } from "../index.ts";
import { buildGraph } from "../program.ts";
import { toOnnx } from "../runtime/lower.ts";

/** Writes outputs as ONNX, reads them again and computes them in float64. */
function throughFile(
  inputs: Readonly<Record<string, Tensor>>,
  outputs: Readonly<Record<string, Tensor>>,
  values: Readonly<Record<string, Literal>>,
): { tensors: readonly Tensor[]; results: Float64Array[] } {
  const model = importOnnx(toOnnx(buildGraph(inputs, outputs)));
  const tensors = Object.keys(outputs).map((name) => model.outputs[name] as Tensor);
  const feeds = new Map(
    Object.entries(model.inputs).map(([name, x]) => [x, hostArrayOf(values[name] as Literal)]),
  );
  return { tensors, results: evaluate(tensors, feeds) };
}

test.each(tensorCases)("what is written is read again: $op: $what", (row) => {
  const inputs: Readonly<Record<string, Tensor>> = inputsLike(row.values);
  const { tensors, results } = throughFile(inputs, { result: row.build(inputs) }, row.values);
  const golden = valueOf(row.golden);
  expect([tensors[0]?.shape, tensors[0]?.dtype]).toEqual([golden.shape, golden.dtype]);
  expect(misses(results[0] ?? [], golden.data, 2e-6)).toEqual([]);
});

test("random programs mean the same after writing and reading", () => {
  const property = fc.property(randomProgram, (program) => {
    const { inputs, outputs } = buildRandom(program, { kinks: true });
    const named = Object.fromEntries(outputs.map((y, i) => [`out${i}`, y]));
    const { results } = throughFile(inputs, named, program.values);
    const feeds = new Map(Object.entries(inputs).map(([name, x]) => [x, program.values[name]?.data ?? []]));
    evaluate(outputs, feeds).forEach((wanted, i) =>
      expect(misses(results[i] ?? [], wanted, 1e-6)).toEqual([]),
    );
  });
  fc.assert(property, { seed: 5, numRuns: 150 });
});
