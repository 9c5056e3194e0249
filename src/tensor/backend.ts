import type { HostArray, Tensor } from "./tensor.ts";

/** A traced computation, ready for a backend: names on the outside, nodes in topological order. */
export interface Graph {
  readonly inputs: readonly (readonly [name: string, tensor: Tensor])[];
  readonly outputs: readonly (readonly [name: string, tensor: Tensor])[];
  /** Every node the outputs need, inputs and constants included. */
  readonly nodes: readonly Tensor[];
}

/** What an executable is fed and returns; the reference returns float64. */
export type RunArray = HostArray | Float64Array;

export interface Executable {
  /**
   * One array for each input, in the order of the graph and checked before, to one for each output.
   *
   * @param into arrays that outputs are written to, where given
   */
  run(feeds: readonly RunArray[], into?: readonly (HostArray | undefined)[]): Promise<readonly RunArray[]>;
  /** Nothing runs at that time, and nothing afterwards. */
  release(): Promise<void>;
}

export interface BackendOptions {
  /** Threads inside one run; 1 is best for the small matrices of adaptation. */
  readonly threads?: number;
  /**
   * Whether runs compute in a worker thread and leave the event loop free, for 0.1 ms and a copy of the feeds a run.
   * Unless given, a program does that is estimated to run for more than 5 ms.
   */
  readonly offThread?: boolean;
}

/** What runs programs. Two adapters, one contract suite: onnxruntime and the float64 reference. */
export interface Backend {
  readonly name: string;
  load(graph: Graph, options: BackendOptions): Promise<Executable>;
}
