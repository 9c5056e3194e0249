import * as ort from "onnxruntime-node";
import { ForetasteError } from "../../base/errors.ts";
import type { Port, PortArray } from "../backend.ts";
import { ARRAY_OF } from "../ports.ts";

/** A program in the form that crosses a thread boundary. */
export interface SessionSpec {
  /** An ONNX file. */
  readonly model: Uint8Array;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** onnxruntime's name of the execution provider. */
  readonly provider: string;
  readonly threads: number;
}

/** What runs an ONNX file: numbers in the order of the inputs to numbers in the order of the outputs. */
export interface Session {
  /** @param into arrays that outputs are written to, where given; they must not be among the feeds */
  run(feeds: readonly PortArray[], into?: readonly (PortArray | undefined)[]): Promise<PortArray[]>;
  release(): Promise<void>;
}

/** Opens a session on this thread: its runs compute here. */
export async function openSession({ model, provider, threads, ...ports }: SessionSpec): Promise<Session> {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    logSeverityLevel: 2,
    // Threads that wait for work by spinning take it from whoever else runs: 10 instead of 24 ms of CPU for a MAML step.
    // A sum and a layer norm take a fifth of the time of the kernel that onnxruntime puts in their place.
    extra: {
      session: { intra_op: { allow_spinning: "0" } },
      optimization: { disable_specified_optimizers: "SkipLayerNormFusion" },
    },
  });
  return {
    async run(feeds, into = []) {
      const results = await session.run(named(ports.inputs, feeds), fetches(ports.outputs, into));
      return ports.outputs.map(({ name }, i) => into[i] ?? (results[name]!.data as PortArray));
    },
    release: () => session.release(),
  };
}

function named(ports: readonly Port[], arrays: readonly PortArray[]): Record<string, ort.Tensor> {
  const tensors: Record<string, ort.Tensor> = {};
  for (let i = 0; i < ports.length; i++) tensors[ports[i]!.name] = toOrt(arrays[i]!, ports[i]!);
  return tensors;
}

function fetches(
  ports: readonly Port[],
  into: readonly (PortArray | undefined)[],
): Record<string, ort.Tensor | null> {
  const wanted: Record<string, ort.Tensor | null> = {};
  for (let i = 0; i < ports.length; i++) {
    const array = into[i];
    wanted[ports[i]!.name] = array === undefined ? null : toOrt(array, ports[i]!);
  }
  return wanted;
}

function toOrt(data: PortArray, { dtype, shape }: Port): ort.Tensor {
  if (dtype === "float32") return new ort.Tensor("float32", data as Float32Array, shape);
  if (dtype === "int32") return new ort.Tensor("int32", data as Int32Array, shape);
  if (dtype === "bool") return new ort.Tensor("bool", data as Uint8Array, shape);
  if (dtype === "float16") return new ort.Tensor("float16", data as Uint16Array, shape);
  if (dtype === "int8") return new ort.Tensor("int8", data as Int8Array, shape);
  const expected = "float32, float16, int32, int8 or bool";
  throw new ForetasteError("DEVICE", { where: "onnxruntime in Node", expected, got: dtype });
}

/** An array of a port's dtype over part of a buffer, or over one of its own. */
export function portArray({ dtype, shape }: Port, buffer?: ArrayBufferLike, offset = 0): PortArray {
  const length = shape.reduce((a, b) => a * b, 1);
  const Kind = ARRAY_OF[dtype];
  return buffer === undefined ? new Kind(length) : new Kind(buffer as ArrayBuffer, offset, length);
}

/** Where arrays lie when they are packed into one buffer, each at a multiple of 64 bytes. */
export interface Packing {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

export function packingOf(ports: readonly Port[]): Packing {
  const offsets: number[] = [];
  let bytes = 0;
  for (const { dtype, shape } of ports) {
    offsets.push(bytes);
    const size = shape.reduce((a, b) => a * b, 1) * ARRAY_OF[dtype].BYTES_PER_ELEMENT;
    bytes += Math.ceil(size / 64) * 64;
  }
  return { offsets, bytes };
}
