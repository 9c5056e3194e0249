import { expect, test } from "vitest";
import { type HandmadeFile, handmade } from "../../../testing/onnx-file.ts";
import { evaluate } from "../../../testing/reference.ts";
import { compile, importOnnx, input, matmul, type Tensor } from "../index.ts";

const float = (...dims: (number | string)[]) => ({ elemType: 1, dims });
const one = (opType: string, attribute: readonly object[] = [], domain = ""): HandmadeFile => ({
  nodes: [{ opType, input: ["x"], output: ["y"], name: "block/one", attribute, domain }],
  inputs: { x: float(2, 3) },
  outputs: ["y"],
});
const messageOf = (file: HandmadeFile, options = {}): string => {
  try {
    importOnnx(handmade(file), options);
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
  return "no error";
};

test("an unsupported operator is named with its node, and what is like it is listed", () => {
  const message = messageOf(one("ReduceProd"));
  expect(message).toMatch(
    /^ARTEFACT: node "block\/one" \(ReduceProd\): expected an operator .*, got ReduceProd\./,
  );
  expect(message).toContain("ReduceSum");
  expect(messageOf(one("Foo", [], "my.domain"))).toContain('node "block/one" (my.domain.Foo)');
  expect(messageOf(one("constructor"))).toContain("got constructor");
});

test("an attribute that nobody reads is named", () => {
  const message = messageOf(one("Relu", [{ name: "slope", f: 1, type: 1 }]));
  expect(message).toBe(
    'ARTEFACT: node "block/one" (Relu): expected attributes that this importer knows, got "slope".',
  );
});

test("an attribute of another type is refused", () => {
  expect(messageOf(one("Softmax", [{ name: "axis", ints: [1], type: 7 }]))).toContain(
    'expected number as attribute "axis", got numbers',
  );
});

test("errors of shapes say which node it was", () => {
  const file = {
    ...one("MatMul"),
    nodes: [{ opType: "MatMul", input: ["x", "x"], output: ["y"], name: "m" }],
  };
  expect(messageOf(file)).toMatch(
    /^SHAPE: node "m" \(MatMul\), operator matmul.*float32\[2, 3\] ".+" and float32\[2, 3\] ".+"/,
  );
});

test("a shape that depends on the data is refused", () => {
  const nodes = [
    { opType: "Cast", input: ["x"], output: ["n"], attribute: [{ name: "to", i: 7, type: 2 }] },
    { opType: "Reshape", input: ["x", "n"], output: ["y"], name: "r" },
  ];
  expect(messageOf({ nodes, inputs: { x: float(2) }, outputs: ["y"] })).toContain(
    'node "r" (Reshape): expected a constant as input number 2, got int32[2] that depends on the model\'s inputs',
  );
});

test("open sizes must be given, and one of a name is one size", () => {
  const open: HandmadeFile = {
    nodes: [{ opType: "Add", input: ["a", "b"], output: ["y"] }],
    inputs: { a: float("batch", 3), b: float("batch", 1) },
    outputs: ["y"],
  };
  expect(messageOf(open)).toBe(
    'SHAPE: input "a": expected a shape, because shapes are static here, got [batch, 3]. Pass { shapes: { a: [8, 3] } }.',
  );
  const { inputs, outputs } = importOnnx(handmade(open), { shapes: { b: [4, 1] } });
  expect([inputs.a?.shape, outputs.y?.shape]).toEqual([
    [4, 3],
    [4, 3],
  ]);
  expect(messageOf(open, { shapes: { a: [4, 3], b: [5, 1] } })).toContain("with batch = 4, got [5, 1]");
  expect(messageOf(open, { shapes: { a: [4, 2] } })).toContain("got [4, 2]");
  expect(messageOf(open, { shapes: { a: [4] } })).toContain("a shape [batch, 3], got [4]");
  expect(messageOf(open, { shapes: { c: [4] } })).toContain('input "c": expected one of a, b');
});

test("a tensor in place of an input must be of its shape and dtype", () => {
  const file = one("Relu");
  const y = importOnnx(handmade(file), { inputs: { x: matmul(input("l", [2, 2]), input("r", [2, 3])) } });
  expect([Object.keys(y.inputs), y.outputs.y?.shape]).toEqual([[], [2, 3]]);
  expect(messageOf(file, { inputs: { x: input("x", [2, 4]) } })).toContain("got [2, 4]");
  expect(messageOf(file, { inputs: { x: input("x", [2, 3], "int32") } })).toContain(
    "expected float32, got int32",
  );
});

test("only what a wanted output needs is read", () => {
  const { nodes, ...rest } = one("Foo");
  const file = {
    ...rest,
    nodes: [...nodes, { opType: "Relu", input: ["x"], output: ["z"] }],
    outputs: ["y", "z"],
  };
  expect(messageOf(file)).toContain("Foo");
  expect(Object.keys(importOnnx(handmade(file), { outputs: ["z"] }).outputs)).toEqual(["z"]);
  expect(messageOf(file, { outputs: ["w"] })).toContain(
    'NOT_FOUND: ONNX file: expected outputs among y, z, got "w"',
  );
});

test("a file that lacks something says what", () => {
  expect(messageOf({ nodes: [], outputs: ["y"] })).toContain('expected a node that makes "y", got none');
  const dangling = { ...one("Relu"), inputs: {} };
  expect(messageOf(dangling)).toContain('node "block/one" (Relu): expected a value "x"');
  expect(() => importOnnx(new Uint8Array())).toThrow("expected a graph, got none");
  expect(() => importOnnx(Buffer.from("not a model at all"))).toThrow("It is corrupt or not ONNX.");
});

test("functions of the file itself and a condition that is known are followed", async () => {
  const functions = [
    {
      name: "Scale",
      domain: "mine",
      input: ["a"],
      output: ["b"],
      attributeProto: [{ name: "slope", f: 0.5, type: 1 }],
      node: [
        {
          opType: "LeakyRelu",
          input: ["a"],
          output: ["b"],
          attribute: [{ name: "alpha", type: 1, refAttrName: "slope" }],
        },
      ],
    },
  ];
  const branch = (name: string, opType: string) => ({
    name,
    type: 5,
    g: { node: [{ opType, input: ["s"], output: [`${opType}1`] }], output: [{ name: `${opType}1` }] },
  });
  const nodes = [
    { opType: "Scale", domain: "mine", input: ["x"], output: ["s"] },
    {
      opType: "If",
      input: ["yes"],
      output: ["y"],
      attribute: [branch("then_branch", "Neg"), branch("else_branch", "Foo")],
    },
  ];
  const yes = { name: "yes", dataType: 9, dims: [], int32Data: [1] };
  const file = handmade({ nodes, functions, inputs: { x: float(2) }, initialisers: [yes], outputs: ["y"] });
  const { inputs, outputs } = importOnnx(file);
  const program = await compile(inputs, outputs);
  expect(Array.from((await program.run({ x: Float32Array.of(-2, 3) })).y ?? [])).toEqual([1, -3]);
});

test("a weight that must be constant is no longer trained", () => {
  const axes = { name: "low", dataType: 1, dims: [1], floatData: [0.5] };
  const nodes = [
    { opType: "Pow", input: ["x", "two"], output: ["p"] },
    { opType: "Pad", input: ["p", "pads", "low"], output: ["y"] },
  ];
  const two = { name: "two", dataType: 1, dims: [1], floatData: [2] };
  const pads = { name: "pads", dataType: 7, dims: [2], int64Data: [1, 0] };
  const file = handmade({ nodes, inputs: { x: float(1) }, initialisers: [axes, two, pads], outputs: ["y"] });
  const { inputs, outputs, weights } = importOnnx(file, { trainable: true });
  expect(Object.keys(weights)).toEqual(["two"]);
  const feeds = new Map([
    [inputs.x as Tensor, [3]],
    [weights.two as Tensor, [2]],
  ]);
  expect(Array.from(evaluate([outputs.y as Tensor], feeds)[0] ?? [])).toEqual([0.5, 9]);
});
