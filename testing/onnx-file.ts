import { ModelProto } from "../src/tensor/runtime/onnx-schema.ts";

/** A node of a handmade file. Attributes as the wire format has them: `{ name, type, i | f | s | ints | t | g }`. */
export interface HandmadeNode {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attribute?: readonly object[];
}

export interface HandmadeFile {
  readonly nodes: readonly HandmadeNode[];
  /** Name to element type and sizes. */
  readonly inputs?: Readonly<Record<string, { elemType: number; dims: readonly (number | string)[] }>>;
  readonly initialisers?: readonly object[];
  readonly outputs: readonly string[];
  readonly opset?: number;
  readonly functions?: readonly object[];
}

/** An ONNX file as somebody else could have written it. */
export function handmade({
  nodes,
  inputs = {},
  initialisers = [],
  outputs,
  opset = 18,
  functions = [],
}: HandmadeFile): Uint8Array {
  const input = Object.entries(inputs).map(([name, { elemType, dims }]) => {
    const dim = dims.map((n) => (typeof n === "number" ? { dimValue: n } : { dimParam: n }));
    return { name, type: { tensorType: { elemType, shape: { dim } } } };
  });
  const graph = { node: nodes, input, initializer: initialisers, output: outputs.map((name) => ({ name })) };
  const model = { irVersion: 9, opsetImport: [{ domain: "", version: opset }], graph, functions };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}
