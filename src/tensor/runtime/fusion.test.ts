import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { add, compile, input, matmul, mul, sub, type Tensor } from "../index.ts";
import { ModelProto } from "./onnx-schema.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "foretaste-fusion-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The kernels that onnxruntime makes of a file of ours. */
async function kernels(inputs: Record<string, Tensor>, y: Tensor): Promise<string[]> {
  const program = await compile(inputs, { y });
  const optimizedModelFilePath = join(folder, "optimised.onnx");
  const options = { optimizedModelFilePath, graphOptimizationLevel: "all", logSeverityLevel: 3 } as const;
  const session = await ort.InferenceSession.create(program.toOnnx(), options);
  await Promise.all([session.release(), program.release()]);
  const { graph } = ModelProto.toObject(ModelProto.decode(readFileSync(optimizedModelFilePath))) as {
    graph: { node: { opType: string }[] };
  };
  return graph.node.map(({ opType }) => opType);
}

const [x, d, w, b] = [input("x", [20, 8]), input("d", [20, 4]), input("w", [8, 4]), input("b", [4])];
const tasks = { x: input("x", [3, 20, 8]), d: input("d", [3, 20, 4]) };
const step = (at: Tensor, left: Tensor, right: Tensor): Tensor =>
  sub(at, mul(0.1, matmul(left, right, { transposeA: true })));

// What our passes leave to onnxruntime, so that files stay standard; an upgrade that stops doing it should be noticed.
test.each<[what: string, inputs: Record<string, Tensor>, y: Tensor, wanted: readonly string[]]>([
  ["a transpose is part of the product", { x, d }, matmul(x, d, { transposeA: true }), ["FusedMatMul"]],
  ["so is the rate of a step w - lr X^T D", { x, d, w }, step(w, x, d), ["FusedMatMul", "Sub"]],
  ["for many tasks as well", { ...tasks, w }, step(w, tasks.x, tasks.d), ["FusedMatMul", "Sub"]],
  ["and a bias", { x, w, b }, add(matmul(x, w), b), ["Gemm"]],
])("%s", async (_, inputs, y, wanted) => {
  expect(await kernels(inputs, y)).toEqual(wanted);
});
