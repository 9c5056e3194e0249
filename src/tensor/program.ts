import { ForetasteError } from "../base/errors.ts";
import type { Backend, BackendOptions, Executable, Graph } from "./backend.ts";
import { checkFeeds, checkNames } from "./check.ts";
import { topological } from "./grad.ts";
import { toOnnx } from "./runtime/lower.ts";
import { type Device, onnxBackend } from "./runtime/onnxruntime.ts";
import { simplify } from "./simplify/simplify.ts";
import type { HostArray, Tensor } from "./tensor.ts";
import { flatten, type MapTree, mapTree, type Tree } from "./tree.ts";

export interface CompileOptions extends BackendOptions {
  readonly device?: Device;
  /** Overrides `device`; tests pass the float64 reference. */
  readonly backend?: Backend;
}

/** Compiled tensors. Feeds and results have the nesting of the trees given to `compile`. */
export interface Program<I, O> {
  readonly graph: Graph;
  run(feeds: MapTree<I, Tensor, HostArray>): Promise<MapTree<O, Tensor, Float32Array>>;
  /** The program as a standard ONNX file. */
  toOnnx(metadata?: Readonly<Record<string, string>>): Uint8Array;
  release(): Promise<void>;
}

/**
 * Compiles outputs to a program. Shapes are static: compile one per shape and keep it.
 *
 * @param inputs tree of `input` tensors; its paths become the names in the ONNX file
 * @param outputs tree of tensors computed from them
 * @throws SHAPE when an output needs an input that is not listed, or a name or an input occurs twice
 * @example
 * const x = input("x", [2, 3]);
 * const program = await compile({ x }, { y: mul(x, 2) });
 * const { y } = await program.run({ x: new Float32Array(6) });
 */
export async function compile<I extends Tree<Tensor>, O extends Tree<Tensor>>(
  inputs: I,
  outputs: O,
  options: CompileOptions = {},
): Promise<Program<I, O>> {
  const graph = buildGraph(inputs, outputs);
  const backend = options.backend ?? onnxBackend(options.device);
  const executable = await backend.load(graph, options);
  return {
    graph,
    run: (feeds) => runProgram(executable, graph, feeds as Tree<HostArray>, outputs),
    toOnnx: (metadata) => toOnnx(graph, metadata),
    release: () => executable.release(),
  };
}

/** Simplifies and orders the nodes; refuses outputs that need an input which is not listed. */
export function buildGraph(inputs: Tree<Tensor>, outputs: Tree<Tensor>): Graph {
  const named = flatten<Tensor>(inputs);
  const results = flatten<Tensor>(outputs);
  const simple = simplify(results.map(([, tensor]) => tensor));
  const nodes = topological(simple);
  checkNames(named, results);
  const listed = new Set(named.map(([, tensor]) => tensor));
  const stray = nodes.find((node) => node.op.name === "input" && !listed.has(node));
  if (stray !== undefined) {
    const { name } = stray.attributes as { name: string };
    throw new ForetasteError("SHAPE", {
      where: "compile",
      expected: `input "${name}" among the inputs`,
      got: named.map(([path]) => path).join(", "),
    });
  }
  return { inputs: named, outputs: results.map(([path], i) => [path, simple[i]!]), nodes };
}

async function runProgram<O extends Tree<Tensor>>(
  executable: Executable,
  graph: Graph,
  feeds: Tree<HostArray>,
  outputs: O,
): Promise<MapTree<O, Tensor, Float32Array>> {
  const given = new Map(flatten<HostArray>(feeds));
  checkFeeds(graph.inputs, given);
  const results = await executable.run(given);
  return mapTree<O, Tensor, Float32Array>(outputs, (_, path) => results.get(path) as Float32Array);
}
