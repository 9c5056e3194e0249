import type { HalfType } from "./half.ts";
import type { DType, HostArray, Shape, Tensor } from "./tensor.ts";

/** A traced computation, ready for a backend: names on the outside, nodes in topological order. */
export interface Graph {
  readonly inputs: readonly (readonly [name: string, tensor: Tensor])[];
  readonly outputs: readonly (readonly [name: string, tensor: Tensor])[];
  /** Every node the outputs need, inputs and constants included. */
  readonly nodes: readonly Tensor[];
}

/** A value that crosses the edge of a program. */
export interface Port {
  readonly name: string;
  readonly dtype: DType | HalfType;
  readonly shape: Shape;
}

/** Its numbers; those of a 16-bit float are its bits. */
export type PortArray = HostArray | Uint16Array;

/** What an executable is fed and returns; the reference returns float64. */
export type RunArray = PortArray | Float64Array;

/** A loaded program: arrays in, arrays out, without names. */
export interface Executable {
  /**
   * One array for each input, in the order of the graph and checked before, to one for each output.
   *
   * @param into arrays that outputs are written to, where given
   */
  run(feeds: readonly RunArray[], into?: readonly (PortArray | undefined)[]): Promise<readonly RunArray[]>;
  /** Nothing runs at that time, and nothing afterwards. */
  release(): Promise<void>;
}

/** How a backend runs a program. */
export interface BackendOptions {
  /** Threads inside one run, 1 by default; 1 is best for the small matrices of adaptation. */
  readonly threads?: number;
  /**
   * Whether runs compute in a worker thread and leave the event loop free, for 0.1 ms and a copy of the feeds a run.
   * Unless given, a program does that is estimated to run for more than 5 ms.
   */
  readonly offThread?: boolean;
  /** Keeps weights in 16 bits. What is computed with them is computed in float32. */
  readonly weights?: HalfWeights;
}

/** Which numbers are kept in 16 bits, and how. */
export interface HalfWeights {
  readonly dtype: HalfType;
  /**
   * Float32 inputs, by path or by a branch above them, that are fed as bits: `toHalf(array, dtype)`. Constants of 64
   * elements and more are kept in 16 bits in any case. No input can be bfloat16 in onnxruntime-node.
   */
  readonly inputs?: readonly string[];
}

/** What runs programs. Two adapters, one contract suite: onnxruntime and the float64 reference. */
export interface Backend {
  readonly name: string;
  load(graph: Graph, options: BackendOptions): Promise<Executable>;
}
