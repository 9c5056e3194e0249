import { expect, test } from "vitest";
import { graphKey } from "./graph-key.ts";
import { add, constant, grad, input, matmul, mul, relu, sub, sum, type Tensor, type Tree } from "./index.ts";
import { buildGraph } from "./program.ts";
import { apply, type Op } from "./tensor.ts";

type Traced = readonly [inputs: Tree<Tensor>, outputs: Tree<Tensor>];

const keyOf = ([inputs, outputs]: Traced): string => graphKey(buildGraph(inputs, outputs));

function layer({ width = 3, shift = 1, name = "x", table = [1, 2, 3] } = {}): Traced {
  const x = input(name, [2, width]);
  const w = input("w", [width, 3]);
  const y = relu(add(matmul(x, w), add(constant(table), shift)));
  return [
    { [name]: x, w },
    { y, g: grad(sum(y), w) },
  ];
}

test("two traces of the same function have the same key, whatever was traced in between", () => {
  const first = keyOf(layer());
  for (let i = 0; i < 5; i++) mul(input("other", [i]), i);
  expect(keyOf(layer())).toBe(first);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
});

test.each<[string, Traced]>([
  ["a shape", layer({ width: 4 })],
  ["a constant", layer({ shift: 2 })],
  ["one number of a constant", layer({ table: [1, 2, 4] })],
  ["a name", layer({ name: "z" })],
])("%s makes another key", (_, traced) => {
  expect(keyOf(traced)).not.toBe(keyOf(layer()));
});

test("numbers that JSON cannot write, and functions, are told apart in attributes", () => {
  const op: Op = { ...mul(1, 1).op, name: "toy", infer: () => ({ shape: [], dtype: "float32" }) };
  const f = (): void => {};
  const values = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, null, 0, -0, f, "f"];
  const keys = values.map((value) => {
    const node = apply(op, [], { value });
    return graphKey({ inputs: [], outputs: [["y", node]], nodes: [node] });
  });
  expect(new Set(keys).size).toBe(values.length);
});

test("operands, attributes and which output is which make another key", () => {
  const [a, b] = [input("a", [2, 2]), input("b", [2, 2])];
  const key = (outputs: Tree<Tensor>): string => keyOf([{ a, b }, outputs]);
  const keys = [
    key({ y: sub(a, b) }),
    key({ y: sub(b, a) }),
    key({ y: matmul(a, b) }),
    key({ y: matmul(a, b, { transposeA: true }) }),
    key({ y: a, z: b }),
    key({ y: b, z: a }),
    key({ y: mul(a, 0.5) }),
    key({ y: mul(a, Number.POSITIVE_INFINITY) }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});
