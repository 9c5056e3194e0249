// Run as its own process: loads programs in onnxruntime, whose log goes to this process's standard error.
// With the argument "provoke" it loads one with an unused initialiser instead, about which onnxruntime warns.
import { compile, grad, input, sum, type Tensor } from "../src/tensor/index.ts";
import { apply, type Op } from "../src/tensor/tensor.ts";
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
    if (row.order !== 0 && result.dtype === "float32") outputs[`gradient${i}`] = grad(sum(result), named);
  });
  const program = await compile(inputs, outputs);
  process.stdout.write(`nodes ${program.graph.nodes.length}\n`);
}

async function provoke(): Promise<void> {
  const x = input("x", [1]);
  await compile({ x }, { y: apply(wasteful, [x], null) });
}

await (process.argv.includes("provoke") ? provoke() : loadEverything());
