import { ForetasteError } from "../../base/errors.ts";
import type { AttributeKind, AttributeValues, OnnxGraph, OnnxNode } from "../runtime/import-file.ts";
import type { OnnxTensor } from "../runtime/import-numbers.ts";
import { formatShape, type Tensor } from "../tensor.ts";

/** What the importer of an operator sees of a node. Reading an attribute marks it as understood. */
export interface NodeView {
  readonly node: OnnxNode;
  /** Version of the operator set. */
  readonly opset: number;
  /** An input that must be there. */
  input(at: number): Tensor;
  /** An input that may be left out. */
  optional(at: number): Tensor | undefined;
  /** All inputs from a position on. */
  inputs(from?: number): readonly Tensor[];
  /** The numbers of an input that must be constant: a shape, axes, a bound. */
  known(at: number): readonly number[];
  optionalKnown(at: number): readonly number[] | undefined;
  number(name: string): number | undefined;
  text(name: string): string | undefined;
  numbers(name: string): readonly number[] | undefined;
  tensor(name: string): OnnxTensor | undefined;
  /** Outputs of a graph given as attribute, run where the node stands. */
  branch(name: string): readonly Tensor[];
  /** Marks attributes as understood that change nothing here. */
  ignore(...names: readonly string[]): void;
  fail(expected: string, got: string, hint?: string): ForetasteError;
}

/** What a node reads its values from. */
export interface Scope {
  readonly values: ReadonlyMap<string, Tensor>;
  /** The numbers of a tensor if they are known now. */
  numbersOf(tensor: Tensor): ArrayLike<number> | undefined;
  runBranch(graph: OnnxGraph): readonly Tensor[];
  readonly opset: number;
}

/** `node "encoder/Add_3" (Add)`, with the domain where it is not ONNX's own. */
export function nameOf({ name, opType, domain }: OnnxNode): string {
  return `node "${name}" (${domain === "" ? opType : `${domain}.${opType}`})`;
}

/** @returns the view and a check, for after the import, that every attribute was understood */
export function viewNode(node: OnnxNode, scope: Scope): { view: NodeView; checkAttributes: () => void } {
  const read = new Set<string>();
  const fail = (expected: string, got: string, hint?: string): ForetasteError =>
    new ForetasteError("ARTEFACT", {
      where: nameOf(node),
      expected,
      got,
      ...(hint === undefined ? {} : { hint }),
    });
  const attribute = <K extends AttributeKind>(name: string, kind: K): AttributeValues[K] | undefined => {
    read.add(name);
    const found = node.attributes.get(name);
    if (found === undefined) return undefined;
    if (found.kind !== kind) throw fail(`${kind} as attribute "${name}"`, found.kind);
    return found.value as AttributeValues[K];
  };
  const inputs = readInputs(node, scope, fail);
  const view: NodeView = {
    node,
    opset: scope.opset,
    ...inputs,
    number: (name) => attribute(name, "number"),
    text: (name) => attribute(name, "text"),
    numbers: (name) => attribute(name, "numbers"),
    tensor: (name) => attribute(name, "tensor"),
    branch(name) {
      const graph = attribute(name, "graph");
      if (graph === undefined) throw fail(`a graph as attribute "${name}"`, "none");
      return scope.runBranch(graph);
    },
    ignore: (...names) => names.forEach((name) => read.add(name)),
    fail,
  };
  const checkAttributes = (): void => {
    const stray = [...node.attributes.keys()].find((name) => !read.has(name));
    if (stray !== undefined) throw fail("attributes that this importer knows", `"${stray}"`);
  };
  return { view, checkAttributes };
}

type Inputs = Pick<NodeView, "input" | "optional" | "inputs" | "known" | "optionalKnown">;

function readInputs(node: OnnxNode, scope: Scope, fail: NodeView["fail"]): Inputs {
  const optional = (at: number): Tensor | undefined => {
    const name = node.inputs[at] ?? "";
    const value = scope.values.get(name);
    if (name !== "" && value === undefined)
      throw fail(`a value "${name}"`, "none of that name before this node");
    return value;
  };
  const there = <T>(at: number, value: T | undefined): T => {
    if (value === undefined) throw fail(`an input number ${at + 1}`, "none");
    return value;
  };
  const input = (at: number): Tensor => there(at, optional(at));
  const optionalKnown = (at: number): readonly number[] | undefined => {
    const value = optional(at);
    const numbers = value && scope.numbersOf(value);
    if (value === undefined || numbers !== undefined) return numbers && Array.from(numbers);
    const got = `${value.dtype}${formatShape(value.shape)} that depends on the model's inputs`;
    throw fail(`a constant as input number ${at + 1}`, got, "Shapes and bounds are static here.");
  };
  return {
    input,
    optional,
    inputs: (from = 0) => node.inputs.slice(from).map((_, i) => input(from + i)),
    known: (at) => there(at, optionalKnown(at)),
    optionalKnown,
  };
}
