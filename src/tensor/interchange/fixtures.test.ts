import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { misses } from "../../../testing/backend-contract.ts";
import { checkGradient } from "../../../testing/check-gradient.ts";
import { evaluate } from "../../../testing/reference.ts";
import { hostArrayOf, type Value } from "../../../testing/tensor-literal.ts";
import {
  compile,
  constant,
  grad,
  type ImportedModel,
  importOnnx,
  input,
  mean,
  mul,
  square,
  sub,
  sum,
  type Tensor,
} from "../index.ts";

/** Written by bench/peers/make_onnx_fixtures.py, which says how. */
const folder = join(import.meta.dirname, "../../../testing/onnx");
const names = readdirSync(folder).flatMap((file) => (file.endsWith(".onnx") ? [file.slice(0, -5)] : []));

interface Golden {
  readonly madeBy: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly outputs: Readonly<Record<string, Value>>;
  readonly gradients?: Readonly<Record<string, Value>>;
}

function open(name: string, trainable: boolean): { golden: Golden; model: ImportedModel } {
  const golden = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Golden;
  const shapes = Object.fromEntries(Object.entries(golden.inputs).map(([key, { shape }]) => [key, shape]));
  return { golden, model: importOnnx(readFileSync(join(folder, `${name}.onnx`)), { shapes, trainable }) };
}

const hostArrays = (values: Golden["inputs"]) =>
  Object.fromEntries(Object.entries(values).map(([key, literal]) => [key, hostArrayOf(literal)]));

test("there are models of each framework", () => {
  expect(names.length).toBeGreaterThan(8);
});

test.each(names)(
  "%s answers as in the framework that made it, in float64 and in onnxruntime",
  async (name) => {
    const { golden, model } = open(name, true);
    const feeds = new Map([
      ...Object.entries(model.inputs).map(([key, x]) => [x, golden.inputs[key]?.data ?? []] as const),
      ...Object.entries(model.weights).map(([key, x]) => [x, model.values[key] ?? []] as const),
    ]);
    const baked = open(name, false).model;
    const program = await compile(baked.inputs, baked.outputs);
    const run = await program.run(hostArrays(golden.inputs));
    for (const [key, wanted] of Object.entries(golden.outputs)) {
      const output = model.outputs[key] as Tensor;
      expect(output.shape).toEqual(wanted.shape);
      expect(misses(evaluate([output], feeds)[0] ?? [], wanted.data, 1e-5)).toEqual([]);
      expect(misses(run[key] ?? [], wanted.data, 1e-5)).toEqual([]);
    }
  },
);

test.each(names.filter((name) => /torch|script/.test(name)))("%s has PyTorch's gradients", (name) => {
  const { golden, model } = open(name, true);
  const [first] = Object.values(model.outputs);
  const gradients: Record<string, Tensor> = grad(sum(square(first as Tensor)), model.weights);
  const feeds = new Map([
    ...Object.entries(model.inputs).map(([key, x]) => [x, golden.inputs[key]?.data ?? []] as const),
    ...Object.entries(model.weights).map(([key, x]) => [x, model.values[key] ?? []] as const),
  ]);
  // A weight without axes is not trained unless it is asked for.
  const wantedGradients = Object.entries(golden.gradients ?? {}).filter(([, { shape }]) => shape.length > 0);
  expect(wantedGradients.length).toBeGreaterThan(3);
  for (const [key, wanted] of wantedGradients)
    expect(misses(evaluate([gradients[key] as Tensor], feeds)[0] ?? [], wanted.data, 1e-4), key).toEqual([]);
});

test("an imported encoder is fine-tuned: the loss falls", async () => {
  const { golden, model } = open("torch-encoder", true);
  const target = input("target", [3, 8]);
  const loss = mean(square(sub(model.outputs.y as Tensor, target)));
  const gradients: Record<string, Tensor> = grad(loss, model.weights);
  const program = await compile({ ...model.inputs, target, weights: model.weights }, { loss, gradients });
  let weights: Record<string, Float32Array> = model.values;
  const fed = {
    ...hostArrays(golden.inputs),
    target: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i) / 2),
  };
  const losses: number[] = [];
  for (let step = 0; step < 30; step++) {
    const out = await program.run({ ...fed, weights });
    const moved = Object.entries(weights).map(([name, w]) => {
      const gradient = out.gradients[name] ?? new Float32Array();
      return [name, w.map((x, i) => x - (gradient[i] ?? Number.NaN))] as const;
    });
    weights = Object.fromEntries(moved);
    losses.push(out.loss[0] ?? Number.NaN);
  }
  expect(losses[29]).toBeLessThan(0.5 * (losses[0] ?? 0));
});

test("an imported model's derivatives, first and second, are those of central differences", () => {
  const bytes = readFileSync(join(folder, "torch-mlp.onnx"));
  const x = [
    [0.3, -1.2, 0.8, 0.1, 1.5, -0.4],
    [-0.7, 0.9, 0.2, -1.1, 0.6, 1.3],
  ];
  checkGradient((v) => importOnnx(bytes, { inputs: { x: v.x } }).outputs.y as Tensor, { x });
});

test("a weight can be given: a step of an inner loop goes through the file's network", () => {
  const bytes = readFileSync(join(folder, "torch-factors.onnx"));
  const at = { user: constant([1], [1], "int32"), item: constant([2], [1], "int32") };
  const before = importOnnx(bytes, { inputs: at, trainable: (name) => /^(users|items).weight$/.test(name) });
  const users = before.weights["users.weight"] as Tensor;
  const loss = sum(square(sub(before.outputs.y as Tensor, 5)));
  const inputs = {
    ...at,
    "items.weight": before.weights["items.weight"] as Tensor,
    "users.weight": sub(users, mul(grad(loss, users), 0.1)),
  };
  const after = importOnnx(bytes, { inputs }).outputs.y as Tensor;
  const items = before.values["items.weight"] ?? new Float32Array();
  const feeds = new Map([
    [users, before.values["users.weight"] ?? []],
    [before.weights["items.weight"] as Tensor, items],
  ]);
  const [old = 0, moved = 0] = [before.outputs.y as Tensor, after].map((y) => evaluate([y], feeds)[0]?.[0]);
  // y = u . v + ..., so a step of 0.1 along -2 (y - 5) v moves y by -0.2 (y - 5) v . v.
  const length = items.slice(8, 12).reduce((total, v) => total + v * v, 0);
  expect(moved).toBeCloseTo(old - 0.2 * (old - 5) * length, 6);
  const wrong = { ...at, "users.weight": constant([1, 2]) };
  expect(() => importOnnx(bytes, { inputs: wrong })).toThrow(
    'weight "users.weight": expected float32[7, 4], got float32[2]',
  );
});
