import { expect, test } from "vitest";
import { evaluate } from "../../../testing/reference.ts";
import { add, exportOnnx, importOnnx, input, matmul, type Tensor } from "../index.ts";

const x = input("x", [2, 3]);
const params = { weight: input("weight", [3, 1]), bias: input("bias", [1]), unused: input("unused", [4]) };
const y = add(matmul(x, params.weight), params.bias);
const trained = {
  weight: Float32Array.of(1, 2, 3),
  bias: Float32Array.of(0.5),
  unused: new Float32Array(4),
};

test("parameters can be written into the file, and come back under their names to be trained", () => {
  const file = exportOnnx({ x, params }, { y }, { constants: { params: trained }, metadata: { by: "hand" } });
  const model = importOnnx(file, { trainable: true });
  expect(Object.keys(model.inputs)).toEqual(["x"]);
  expect(Buffer.from(file).toString("latin1")).not.toContain("unused");
  expect(model.values).toEqual({ "params.weight": trained.weight, "params.bias": trained.bias });
  expect(model.metadata).toEqual({ by: "hand" });
  const feeds = new Map<Tensor, ArrayLike<number>>([
    [model.inputs.x as Tensor, [1, 0, 0, 0, 1, 1]],
    [model.weights["params.weight"] as Tensor, trained.weight],
    [model.weights["params.bias"] as Tensor, trained.bias],
  ]);
  expect(Array.from(evaluate([model.outputs.y as Tensor], feeds)[0] ?? [])).toEqual([1.5, 5.5]);
});

test("what is not written into the file stays an input; notes are kept", () => {
  const file = exportOnnx(
    { x, params },
    { y },
    { constants: { params: { bias: trained.bias } }, docs: { x: "rows of numbers" } },
  );
  expect(Object.keys(importOnnx(file).inputs)).toEqual(["x", "params.weight", "params.unused"]);
  expect(Buffer.from(file).toString("latin1")).toContain("rows of numbers");
});

test("constants that fit no input are refused", () => {
  const write = (constants: object) => () =>
    exportOnnx({ x, params }, { y }, { constants: constants as never });
  expect(write({ params: { other: trained.bias } })).toThrow(
    'constant "params.other": expected the name of an input',
  );
  expect(write({ params: { bias: trained.weight } })).toThrow(
    'constant "params.bias": expected float32[1], got Float32Array with 3 elements',
  );
  expect(write({ x: new Int32Array(6) })).toThrow("got Int32Array with 6 elements");
});
