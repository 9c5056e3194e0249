import { ForetasteError } from "../../base/errors.ts";
import { topological } from "../grad.ts";
import { input } from "../ops/leaf.ts";
import { type OnnxFile, type OnnxGraph, type OnnxInput, readOnnx } from "../runtime/import-file.ts";
import type { ExternalData, OnnxTensor } from "../runtime/import-numbers.ts";
import type { Tensor } from "../tensor.ts";
import { type Binding, bindInputs, bindWeight } from "./bind.ts";
import { constantOf } from "./fold.ts";
import { runNodes } from "./run-nodes.ts";

/** What of a file is read, and what the file leaves open. */
export interface ImportOptions extends Binding {
  /**
   * Which weights become inputs, so that they can be trained: `true` for all float ones with at least one axis, or by
   * name. The others are constants.
   */
  readonly trainable?: boolean | ((name: string) => boolean);
  /** Names of the outputs that are wanted; what only others need is not read. All of them by default. */
  readonly outputs?: readonly string[];
  /** Bytes of the files beside the model that hold its large weights, by name. */
  readonly externalData?: ExternalData;
}

/** A model from an ONNX file, as tensors of our own operators. */
export interface ImportedModel {
  /** By their names in the file. int64 ones are int32 here, every kind of float is float32. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** The trainable weights that the outputs depend on: inputs of the program, leaves for `grad`. */
  readonly weights: Readonly<Record<string, Tensor>>;
  /** Their numbers, to be fed, trained and written back. */
  readonly values: Readonly<Record<string, Float32Array>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Version of ONNX's operator set. */
  readonly opset: number;
  readonly producer: string;
}

/**
 * Reads an ONNX model (operator sets 7 to 24) as tensors, so that it can be run, differentiated and fine-tuned here.
 * Shapes are static: `shapes` settles sizes that the file leaves open. Dropout and batch normalisation are those of
 * inference.
 *
 * @throws ARTEFACT naming the node of an operator or attribute that has no counterpart here, or for a corrupt file;
 * SHAPE for sizes that are open or do not fit
 * @example
 * const { inputs, outputs, weights, values } = importOnnx(bytes, { shapes: { x: [8, 16] }, trainable: true });
 * const loss = mean(square(sub(outputs.y, target)));
 * const step = await compile({ inputs, target, weights }, { loss, gradients: grad(loss, weights) });
 * await step.run({ inputs: { x }, target: wanted, weights: values });
 */
export function importOnnx(bytes: Uint8Array, options: ImportOptions = {}): ImportedModel {
  const file = readOnnx(bytes, options.externalData);
  const wanted = wantedOutputs(file.graph, options.outputs);
  const { initialisers } = file.graph;
  const bound = bindInputs(
    file.graph.inputs,
    initialisers.map(({ name }) => name),
    options,
  );
  const weights = initialisers.map((tensor) => weightOf(tensor, options));
  const own = weights.filter(({ trained }) => trained);
  const numbers = new Map(own.map(({ tensor, leaf }) => [leaf, tensor.data]));
  const values = new Map([...bound, ...weights.map(({ tensor, leaf }) => [tensor.name, leaf] as const)]);
  const results = runNodes(file.graph, values, { wanted, numbers, file });
  const used = new Set(topological([...results.values()]));
  const trained = own.filter(({ leaf }) => used.has(leaf));
  return {
    inputs: Object.fromEntries(usable(file.graph.inputs, bound, options)),
    outputs: Object.fromEntries(results),
    weights: Object.fromEntries(trained.map(({ tensor, leaf }) => [tensor.name, leaf])),
    values: Object.fromEntries(trained.map(({ tensor }) => [tensor.name, tensor.data as Float32Array])),
    metadata: file.metadata,
    opset: opsetOf(file),
    producer: file.producer,
  };
}

function opsetOf({ opsets }: OnnxFile): number {
  return opsets.get("") ?? 0;
}

/** The inputs that the program has to be fed with. */
function usable(
  declared: readonly OnnxInput[],
  bound: ReadonlyMap<string, Tensor>,
  { inputs = {} }: ImportOptions,
): [string, Tensor][] {
  const open = declared.filter(({ name }) => inputs[name] === undefined);
  return open.map(({ name }) => [name, bound.get(name) as Tensor]);
}

function wantedOutputs({ outputs }: OnnxGraph, asked: readonly string[] = outputs): readonly string[] {
  const stray = asked.find((name) => !outputs.includes(name));
  if (stray === undefined) return asked;
  const expected = `outputs among ${outputs.join(", ")}`;
  throw new ForetasteError("NOT_FOUND", { where: "ONNX file", expected, got: `"${stray}"` });
}

interface Weight {
  readonly tensor: OnnxTensor;
  readonly leaf: Tensor;
  readonly trained: boolean;
}

function weightOf(tensor: OnnxTensor, options: ImportOptions): Weight {
  const { name, shape, dtype, data } = tensor;
  const { trainable = false } = options;
  const given = bindWeight(tensor, options);
  if (given !== undefined) return { tensor, leaf: given, trained: false };
  const chosen = typeof trainable === "function" ? trainable(name) : trainable && shape.length > 0;
  if (chosen && dtype === "float32") return { tensor, leaf: input(name, shape), trained: true };
  return { tensor, leaf: constantOf(data, shape, dtype), trained: false };
}
