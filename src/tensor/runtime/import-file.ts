import { ForetasteError } from "../../base/errors.ts";
import type { DType } from "../tensor.ts";
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelMessage,
  NodeProto,
  ValueInfoProto,
} from "./import-messages.ts";
import { dtypeOf, type ExternalData, type OnnxTensor, readTensor } from "./import-numbers.ts";
import { ModelProto } from "./onnx-schema.ts";

/** What an attribute can hold; `reference` names an attribute of the function that the node stands in. */
export interface AttributeValues {
  readonly number: number;
  readonly text: string;
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
  readonly tensor: OnnxTensor;
  readonly graph: OnnxGraph;
  readonly reference: string;
}

export type AttributeKind = keyof AttributeValues;

/** The value of a node's attribute. */
export type Attribute = {
  readonly [K in AttributeKind]: { readonly kind: K; readonly value: AttributeValues[K] };
}[AttributeKind];

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  /** "" is ONNX's own. */
  readonly domain: string;
  /** "" where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface OnnxInput {
  readonly name: string;
  readonly dtype: DType;
  /** Sizes, or the names of those that are not fixed (`""` for one without a name); absent when the rank is open. */
  readonly shape?: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initialisers: readonly OnnxTensor[];
  readonly outputs: readonly string[];
}

/** An operator that the file defines itself. */
export interface OnnxFunction {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
  /** Attributes with what they are where a node does not say. */
  readonly defaults: ReadonlyMap<string, Attribute>;
}

/** What an ONNX file says, free of its wire format. */
export interface OnnxFile {
  readonly producer: string;
  /** Operator set version by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly graph: OnnxGraph & { readonly inputs: readonly OnnxInput[] };
  /** By `domain:name`. */
  readonly functions: ReadonlyMap<string, OnnxFunction>;
}

/**
 * Reads an ONNX file.
 *
 * @throws ARTEFACT for what is no such file, is cut off, or holds numbers of types that we have not
 */
export function readOnnx(bytes: Uint8Array, external: ExternalData = {}): OnnxFile {
  const model = decode(bytes);
  if (model.graph === undefined) throw corrupt("a graph", "none");
  return {
    producer: model.producerName ?? "",
    opsets: new Map(model.opsetImport.map(({ domain, version }) => [domainOf(domain), version ?? 0])),
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
    graph: { ...readGraph(model.graph, external), inputs: readInputs(model.graph) },
    functions: new Map(
      model.functions.map((f) => [`${domainOf(f.domain)}:${f.name}`, readFunction(f, external)]),
    ),
  };
}

function decode(bytes: Uint8Array): ModelMessage {
  try {
    return ModelProto.toObject(ModelProto.decode(bytes), { longs: Number, arrays: true }) as ModelMessage;
  } catch (cause) {
    throw corrupt("a model", cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function corrupt(expected: string, got: string, cause?: unknown): ForetasteError {
  const hint = "It is corrupt or not ONNX.";
  return new ForetasteError("ARTEFACT", { where: "ONNX file", expected, got, hint, cause });
}

/** "ai.onnx" is a longer name for ONNX's own domain. */
function domainOf(domain = ""): string {
  return domain === "ai.onnx" ? "" : domain;
}

function readGraph(graph: GraphProto, external: ExternalData): OnnxGraph {
  if (graph.sparseInitializer.length > 0) throw corrupt("dense numbers", "a sparse initialiser");
  const initialisers = graph.initializer.map((t) => readTensor(t, external, `initialiser "${t.name}"`));
  return {
    nodes: graph.node.map((node) => readNode(node, external)),
    initialisers,
    outputs: graph.output.map(({ name }) => name ?? ""),
  };
}

/** What must be fed: old files list initialisers among the inputs too. */
function readInputs({ input, initializer }: GraphProto): OnnxInput[] {
  const given = new Set(initializer.map(({ name }) => name));
  return input.filter(({ name }) => !given.has(name)).map(readInput);
}

function readInput({ name = "", type }: ValueInfoProto): OnnxInput {
  const tensor = type?.tensorType;
  const dtype = dtypeOf(tensor?.elemType, `input "${name}"`);
  const shape = tensor?.shape?.dim.map(({ dimValue, dimParam }) => dimValue ?? dimParam ?? "");
  return shape === undefined ? { name, dtype } : { name, dtype, shape };
}

function readFunction(f: FunctionProto, external: ExternalData): OnnxFunction {
  const defaults = f.attributeProto.map((a) => readAttribute(a, external, `function "${f.name}"`));
  const nodes = f.node.map((node) => readNode(node, external));
  return { inputs: f.input, outputs: f.output, nodes, defaults: new Map(defaults) };
}

function readNode(node: NodeProto, external: ExternalData): OnnxNode {
  const { name = "", opType = "", domain, input, output, attribute } = node;
  // Nodes without a name go by their first output.
  const called = name === "" ? (output[0] ?? "") : name;
  const attributes = attribute.map((a) => readAttribute(a, external, `node "${called}" (${opType})`));
  const attributeMap = new Map(attributes);
  return {
    name: called,
    opType,
    domain: domainOf(domain),
    inputs: input,
    outputs: output,
    attributes: attributeMap,
  };
}

function readAttribute(a: AttributeProto, external: ExternalData, where: string): [string, Attribute] {
  const name = a.name ?? "";
  const at = `${where}, attribute "${name}"`;
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  if (a.refAttrName !== undefined && a.refAttrName !== "")
    return [name, { kind: "reference", value: a.refAttrName }];
  switch (a.type ?? kindOf(a)) {
    case 1:
      return [name, { kind: "number", value: a.f ?? 0 }];
    case 2:
      return [name, { kind: "number", value: a.i ?? 0 }];
    case 3:
      return [name, { kind: "text", value: text(a.s ?? new Uint8Array()) }];
    case 4:
      if (a.t !== undefined) return [name, { kind: "tensor", value: readTensor(a.t, external, at) }];
      break;
    case 5:
      if (a.g !== undefined) return [name, { kind: "graph", value: readGraph(a.g, external) }];
      break;
    case 6:
      return [name, { kind: "numbers", value: a.floats }];
    case 7:
      return [name, { kind: "numbers", value: a.ints }];
    case 8:
      return [name, { kind: "texts", value: a.strings.map(text) }];
  }
  const expected = "a number, text, tensor, graph or a list of numbers or texts";
  throw new ForetasteError("ARTEFACT", { where: at, expected, got: `attribute type ${a.type ?? "none"}` });
}

/** Old files do not say of what type an attribute is: it is the one that is there. */
function kindOf(a: AttributeProto): number {
  const there = [a.f, a.i, a.s, a.t, a.g].findIndex((x) => x !== undefined);
  if (there >= 0) return there + 1;
  return [a.floats, a.ints, a.strings].findIndex((list) => list.length > 0) + 6;
}
