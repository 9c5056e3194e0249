import type { HostArray, Tensor } from "./tensor.ts";

/** A traced computation, ready for a backend: names on the outside, nodes in topological order. */
export interface Graph {
  readonly inputs: readonly (readonly [name: string, tensor: Tensor])[];
  readonly outputs: readonly (readonly [name: string, tensor: Tensor])[];
  /** Every node the outputs need, inputs and constants included. */
  readonly nodes: readonly Tensor[];
}

export interface Executable {
  /** Feeds are checked before; returns one array per output name. */
  run(feeds: ReadonlyMap<string, HostArray | Float64Array>): Promise<Map<string, HostArray | Float64Array>>;
  release(): Promise<void>;
}

export interface BackendOptions {
  /** Threads inside one run; 1 is best for the small matrices of adaptation. */
  readonly threads?: number;
}

/** What runs programs. Two adapters, one contract suite: onnxruntime and the float64 reference. */
export interface Backend {
  readonly name: string;
  load(graph: Graph, options: BackendOptions): Promise<Executable>;
}
