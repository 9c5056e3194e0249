// Run as its own process: loads programs in onnxruntime, whose log goes to this process's standard error.
// With the argument "provoke" it loads one with an unused initialiser instead, about which onnxruntime warns.
import fc from "fast-check";
import { compile, grad, input, sum, type Tensor } from "../src/tensor/index.ts";
import { apply, type Op } from "../src/tensor/tensor.ts";
import { buildRandom, randomProgram } from "./random-program.ts";
import { tensorCases } from "./tensor-cases/index.ts";
import { inputsLike } from "./tensor-literal.ts";

const wasteful: Op<null> = {
  name: "wasteful",
  infer: ([x]) => ({ shape: x?.shape ?? [], dtype: "float32" }),
  vjp: () => [],
  reference: () => {},
  lower(emit, inputs) {
    emit.constant(Float32Array.of(1, 2, 3), [3], "float32");
    return emit.node("Exp", inputs);
  },
};

/** All rows of the table and their gradients as outputs of one program. */
async function loadEverything(): Promise<void> {
  const inputs: Record<string, Record<string, Tensor>> = {};
  const outputs: Record<string, Tensor | Record<string, Tensor>> = {};
  tensorCases.forEach((row, i) => {
    const named = inputsLike(row.values);
    const result = row.build(named);
    inputs[`in${i}`] = named;
    outputs[`out${i}`] = result;
    const wrt = Object.fromEntries(Object.entries(named).filter(([, x]) => x.dtype === "float32"));
    if (row.order !== 0 && result.dtype === "float32") outputs[`gradient${i}`] = grad(sum(result), wrt);
  });
  const program = await compile(inputs, outputs);
  process.stdout.write(`nodes ${program.graph.nodes.length}\n`);
}

/** Random programs with their gradients, each on its own. */
async function loadRandom(): Promise<void> {
  for (const program of fc.sample(randomProgram, { seed: 2, numRuns: 150 })) {
    const { inputs, outputs } = buildRandom(program, { kinks: false });
    const last = outputs.at(-1) as Tensor;
    await (await compile(inputs, { result: last, gradient: grad(sum(last), inputs) })).release();
  }
}

async function provoke(): Promise<void> {
  const x = input("x", [1]);
  await compile({ x }, { y: apply(wasteful, [x], null) });
}

if (process.argv.includes("provoke")) {
  await provoke();
} else {
  await loadEverything();
  await loadRandom();
}
