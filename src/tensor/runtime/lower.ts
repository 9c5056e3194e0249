import type { Graph, HalfWeights, Port } from "../backend.ts";
import { inputPorts, portOf } from "../ports.ts";
import type { HostArray, Tensor } from "../tensor.ts";
import { bytes, DATA_TYPE, GraphWriter, VENDOR } from "./graph-writer.ts";
import { ModelProto } from "./onnx-schema.ts";

const OPSET = 18;
const IR_VERSION = 9;

export interface OnnxOptions {
  /** Key-value pairs stored in the file's `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Large constants and the named inputs are kept in 16 bits and cast to float32 where they are read. */
  readonly weights?: HalfWeights | undefined;
  /** Numbers of inputs that are written into the file, by name: initialisers instead of inputs. */
  readonly constants?: ReadonlyMap<string, HostArray>;
  /** What inputs and outputs mean, by name: their `doc_string`. */
  readonly docs?: Readonly<Record<string, string>>;
  /** Uses operators that only onnxruntime has where they are faster; the file is no standard one then. */
  readonly vendor?: boolean;
}

/** Writes a graph as one ONNX file (operator set 18) with named inputs and outputs. */
export function toOnnx(graph: Graph, options: OnnxOptions = {}): Uint8Array {
  const { metadata = {}, weights, constants = new Map(), docs = {}, vendor = false } = options;
  const taken = [...graph.inputs, ...graph.outputs].map(([name]) => name);
  const writer = new GraphWriter({ taken, half: weights?.dtype, vendor });
  writeNodes(graph, writer, weights);
  writeConstants(graph, writer, constants);
  const described = (port: Port): object => valueInfo(port, docs[port.name]);
  const fed = inputPorts(graph, weights).filter(({ name }) => !constants.has(name));
  const vendorSet = vendor ? [{ domain: VENDOR, version: 1 }] : [];
  const model = {
    irVersion: IR_VERSION,
    producerName: "foretaste",
    opsetImport: [{ domain: "", version: OPSET }, ...vendorSet],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: "program",
      node: writer.nodes,
      initializer: writer.initializers,
      input: fed.map(described),
      output: graph.outputs.map((output) => described(portOf(output))),
    },
  };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

function writeNodes(graph: Graph, writer: GraphWriter, weights: HalfWeights | undefined): void {
  const ports = inputPorts(graph, weights);
  const names = new Map<Tensor, string>(graph.inputs.map(([name, tensor]) => [tensor, name]));
  graph.inputs.forEach(([name, tensor], i) => {
    const halved = ports[i]!.dtype !== tensor.dtype && graph.nodes.includes(tensor);
    if (halved) names.set(tensor, writer.node("Cast", [name], { to: DATA_TYPE.float32 }));
  });
  for (const node of graph.nodes) {
    if (names.has(node)) continue;
    const inputs = node.inputs.map((x) => names.get(x)!);
    names.set(node, node.op.lower(writer, inputs, node));
  }
  for (const [name, tensor] of graph.outputs) writer.alias(names.get(tensor)!, name);
}

function writeConstants(graph: Graph, writer: GraphWriter, constants: ReadonlyMap<string, HostArray>): void {
  const needed = new Set(graph.nodes);
  for (const [name, tensor] of graph.inputs) {
    const data = constants.get(name);
    if (data === undefined || !needed.has(tensor)) continue;
    const dataType = DATA_TYPE[tensor.dtype];
    writer.initializers.push({ name, dataType, dims: tensor.shape, rawData: bytes(data) });
  }
}

function valueInfo({ name, dtype, shape: sizes }: Port, docString?: string): object {
  const shape = { dim: sizes.map((dimValue) => ({ dimValue })) };
  const type = { tensorType: { elemType: DATA_TYPE[dtype], shape } };
  return docString === undefined ? { name, type } : { name, type, docString };
}
