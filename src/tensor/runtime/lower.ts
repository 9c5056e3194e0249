import type { Graph, HalfWeights, Port } from "../backend.ts";
import { type HalfType, toHalf } from "../half.ts";
import { inputPorts, portOf } from "../ports.ts";
import type { Attribute, DType, Emitter, HostArray, Shape, Tensor } from "../tensor.ts";
import { ModelProto } from "./onnx-schema.ts";

const DATA_TYPE: Readonly<Record<DType | HalfType | "int64", number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};
const OPSET = 18;
const IR_VERSION = 9;

/** Constants smaller than this stay float32 among 16-bit weights: they are no weights, and 16 bits save nothing. */
const WEIGHTS_FROM = 64;

export interface FileOptions {
  /** Numbers of inputs that are written into the file, by name: initialisers instead of inputs. */
  readonly constants?: ReadonlyMap<string, HostArray>;
  /** What inputs and outputs mean, by name: their `doc_string`. */
  readonly docs?: Readonly<Record<string, string>>;
}

/**
 * Writes a graph as one standard ONNX file (operator set 18) with named inputs and outputs.
 *
 * @param metadata key-value pairs stored in the file's `metadata_props`
 * @param weights large constants and the named inputs are kept in 16 bits and cast to float32 where they are read
 */
export function toOnnx(
  graph: Graph,
  metadata: Readonly<Record<string, string>> = {},
  weights?: HalfWeights,
  { constants = new Map(), docs = {} }: FileOptions = {},
): Uint8Array {
  const taken = [...graph.inputs, ...graph.outputs].map(([name]) => name);
  const emitter = new GraphWriter(taken, weights?.dtype);
  const ports = inputPorts(graph, weights);
  const names = new Map<Tensor, string>(graph.inputs.map(([name, tensor]) => [tensor, name]));
  graph.inputs.forEach(([name, tensor], i) => {
    const halved = ports[i]!.dtype !== tensor.dtype && graph.nodes.includes(tensor);
    if (halved) names.set(tensor, emitter.node("Cast", [name], { to: DATA_TYPE.float32 }));
  });
  for (const node of graph.nodes) {
    if (!names.has(node))
      names.set(
        node,
        node.op.lower(
          emitter,
          node.inputs.map((x) => names.get(x)!),
          node,
        ),
      );
  }
  for (const [name, tensor] of graph.outputs) emitter.alias(names.get(tensor)!, name);
  const needed = new Set(graph.nodes);
  const described = (port: Port): object => valueInfo(port, docs[port.name]);
  for (const [name, { shape, dtype }] of graph.inputs.filter(([, tensor]) => needed.has(tensor))) {
    const data = constants.get(name);
    if (data !== undefined)
      emitter.initializers.push({ name, dataType: DATA_TYPE[dtype], dims: shape, rawData: bytes(data) });
  }
  const model = {
    irVersion: IR_VERSION,
    producerName: "foretaste",
    opsetImport: [{ domain: "", version: OPSET }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: "program",
      node: emitter.nodes,
      initializer: emitter.initializers,
      input: ports.filter(({ name }) => !constants.has(name)).map(described),
      output: graph.outputs.map((output) => described(portOf(output))),
    },
  };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

function valueInfo({ name, dtype, shape: sizes }: Port, docString?: string): object {
  const shape = { dim: sizes.map((dimValue) => ({ dimValue })) };
  const type = { tensorType: { elemType: DATA_TYPE[dtype], shape } };
  return docString === undefined ? { name, type } : { name, type, docString };
}

class GraphWriter implements Emitter {
  readonly nodes: object[] = [];
  readonly initializers: object[] = [];
  readonly #shared = new Map<string, string>();
  readonly #taken: ReadonlySet<string>;
  readonly #half: HalfType | undefined;

  /**
   * @param taken names that inner values must not have
   * @param half what large float32 constants are kept in
   */
  constructor(taken: readonly string[], half?: HalfType) {
    this.#taken = new Set(taken);
    this.#half = half;
  }

  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output = 0,
  ): string {
    const name = this.#free(`v${this.nodes.length}`);
    const unused = Array.from({ length: output }, (_, i) => this.#free(`${name}_unused${i}`));
    const attribute = Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value));
    this.nodes.push({
      input: inputs,
      output: [...unused, name],
      name: `${type}_${this.nodes.length}`,
      opType: type,
      attribute,
    });
    return name;
  }

  alias(from: string, to: string): void {
    this.nodes.push({ input: [from], output: [to], name: `Output_${to}`, opType: "Identity" });
  }

  ints(values: readonly number[]): string {
    return this.#share(`i${values.join(",")}`, {
      dataType: DATA_TYPE.int64,
      dims: [values.length],
      rawData: bytes(BigInt64Array.from(values, BigInt)),
    });
  }

  scalar(value: number): string {
    return this.#share(`f${Object.is(value, -0) ? "-0" : value}`, {
      dataType: DATA_TYPE.float32,
      dims: [],
      rawData: bytes(Float32Array.of(value)),
    });
  }

  constant(data: HostArray, shape: Shape, dtype: DType): string {
    const name = this.#free(`c${this.initializers.length}`);
    const half = dtype === "float32" && data.length >= WEIGHTS_FROM ? this.#half : undefined;
    const kept = half === undefined ? data : toHalf(data as Float32Array, half);
    this.initializers.push({ name, dataType: DATA_TYPE[half ?? dtype], dims: shape, rawData: bytes(kept) });
    return half === undefined ? name : this.node("Cast", [name], { to: DATA_TYPE.float32 });
  }

  #free(name: string): string {
    return this.#taken.has(name) ? this.#free(`${name}_`) : name;
  }

  #share(key: string, tensor: object): string {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const name = this.#free(`c${this.initializers.length}`);
    this.initializers.push({ name, ...tensor });
    this.#shared.set(key, name);
    return name;
  }
}

function encodeAttribute(name: string, value: Attribute): object {
  if (typeof value === "number") return { name, i: value, type: 2 };
  if (typeof value === "string") return { name, s: Buffer.from(value), type: 3 };
  if ("float" in value) return { name, f: value.float, type: 1 };
  return { name, ints: value, type: 7 };
}

function bytes(data: HostArray | Uint16Array | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
