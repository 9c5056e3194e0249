import { ForetasteError } from "../base/errors.ts";
import type { Backend, BackendOptions, Executable, Graph, PortArray } from "./backend.ts";
import { checkNames } from "./check.ts";
import { feedReader, intoReader } from "./feeds.ts";
import { topological } from "./grad.ts";
import { inputPorts, portOf } from "./ports.ts";
import { type QuantiseOptions, quantiseTensors } from "./quantise/quantise.ts";
import type { Device } from "./runtime/device.ts";
import { toOnnx } from "./runtime/lower.ts";
import { onnxBackend } from "./runtime/onnxruntime.ts";
import { simplify } from "./simplify/simplify.ts";
import type { Tensor } from "./tensor.ts";
import { flatten, type MapTree, mapTree, type Tree } from "./tree.ts";

/** Where and how a program runs. */
export interface CompileOptions extends BackendOptions {
  readonly device?: Device;
  /** Overrides `device`; tests pass the float64 reference. */
  readonly backend?: Backend;
  /** Computes products with constant matrices in 8-bit integers, and keeps constant tables in them. */
  readonly quantise?: QuantiseOptions;
}

/** Compiled tensors. Feeds and results have the nesting of the trees given to `compile`. */
export interface Program<I, O> {
  readonly graph: Graph;
  /**
   * Results are in row-major order, whatever their shape; those of int32 and bool are an Int32Array and a Uint8Array.
   *
   * @throws FEED when feeds or arrays to write to do not fit, or the program was released
   */
  run(feeds: MapTree<I, Tensor, PortArray>, options?: RunOptions): Promise<MapTree<O, Tensor, Float32Array>>;
  /** The program as a standard ONNX file. */
  toOnnx(metadata?: Readonly<Record<string, string>>): Uint8Array;
  /** Frees its memory after the runs under way. A program that nobody can reach any more is freed without. */
  release(): Promise<void>;
}

/** What one run may be told. */
export interface RunOptions {
  /**
   * Arrays that outputs are written to, a tree with some of their paths: nothing is allocated for these. They come
   * back as the results, must not be among the feeds, and are the run's until it has settled.
   */
  readonly into?: Tree<PortArray>;
}

/**
 * Compiles outputs to a program. Shapes are static: compile one per shape and keep it.
 *
 * @param inputs tree of `input` tensors; its paths become the names in the ONNX file
 * @param outputs tree of tensors computed from them
 * @throws SHAPE when there is no output, or one needs an input that is not listed, or a name or an input occurs twice; DEVICE when the
 *   device does not start here, with a list of what does; CONFIG when `threads` is no whole number
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
  checkThreads(options.threads);
  const graph = buildGraph(inputs, outputs, options.quantise);
  const backend = options.backend ?? onnxBackend(options.device);
  const executable = releasedOnce(await backend.load(graph, options));
  const read = feedReader(inputs, inputPorts(graph, options.weights));
  const readInto = intoReader(graph.outputs.map(portOf));
  const place = new Map(graph.outputs.map(([path], i) => [path, i]));
  return {
    graph,
    async run(feeds, { into } = {}) {
      const given = read(feeds);
      const results = await executable.run(given, into && readInto(into));
      return mapTree<O, Tensor, Float32Array>(
        outputs,
        (_, path) => results[place.get(path)!] as Float32Array,
      );
    },
    toOnnx: (metadata = {}) => toOnnx(graph, { metadata, weights: options.weights }),
    release: () => executable.release(),
  };
}

function checkThreads(threads = 1): void {
  if (Number.isInteger(threads) && threads >= 0) return;
  const parts = { where: "compile, threads", expected: "a whole number", got: String(threads) };
  throw new ForetasteError("CONFIG", {
    ...parts,
    hint: "0 leaves it to onnxruntime, 1 is best for small matrices.",
  });
}

/** Simplifies, quantises if asked to, and orders the nodes; refuses outputs that need an input which is not listed. */
export function buildGraph(inputs: Tree<Tensor>, outputs: Tree<Tensor>, quantise?: QuantiseOptions): Graph {
  const named = flatten<Tensor>(inputs);
  const results = flatten<Tensor>(outputs);
  if (results.length === 0)
    throw new ForetasteError("SHAPE", { where: "compile", expected: "at least one output", got: "none" });
  const exact = simplify(results.map(([, tensor]) => tensor));
  const simple = quantise === undefined ? exact : quantiseTensors(exact, quantise);
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

/** Lets runs under way finish before memory is freed, and refuses those that come afterwards. */
function releasedOnce(executable: Executable): Executable {
  const running = new Set<Promise<unknown>>();
  let released: Promise<void> | undefined;
  return {
    async run(feeds, into) {
      if (released !== undefined) {
        const hint = "Compile it again, or release it later.";
        throw new ForetasteError("FEED", {
          where: "run",
          expected: "a program",
          got: "a released one",
          hint,
        });
      }
      const run = executable.run(feeds, into);
      running.add(run);
      return run.finally(() => running.delete(run));
    },
    release() {
      released ??= Promise.allSettled(running).then(() => executable.release());
      return released;
    },
  };
}
