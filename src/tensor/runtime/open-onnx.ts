import * as ort from "onnxruntime-node";
import { ForetasteError } from "../../base/errors.ts";
import { type Device, requireDevice } from "./device.ts";

/** What a file says of an input or output. */
export interface FilePort {
  readonly name: string;
  /** ONNX's word, such as "float32" or "int64". */
  readonly dtype: string;
  /** Sizes, or names of those that are open; empty for a scalar and where nothing is said. */
  readonly shape: readonly (number | string)[];
}

/** Numbers with their shape. */
export interface ShapedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** An ONNX file that runs as it is, whatever its operators: nothing of it can be differentiated. */
export interface OnnxRunner {
  readonly inputs: readonly FilePort[];
  readonly outputs: readonly FilePort[];
  /**
   * Runs it once; shapes may differ from run to run where the file leaves them open. Whole numbers go in and come out as
   * Int32Array whatever their width in the file.
   *
   * @param wanted names of the outputs that are wanted, all by default
   * @throws FEED when inputs are missing, unknown or of a type that cannot be fed; ARTEFACT when the file fails
   */
  run(
    feeds: Readonly<Record<string, ShapedArray>>,
    wanted?: readonly string[],
  ): Promise<Record<string, ShapedArray>>;
  release(): Promise<void>;
}

/** Where an ONNX file runs. */
export interface OpenOnnxOptions {
  readonly device?: Device;
  /** Threads inside one run, 1 by default. */
  readonly threads?: number;
}

/**
 * Opens an ONNX file to run it as it is; `importOnnx` is for files that are to be differentiated. Runs compute on the
 * thread that calls.
 *
 * @param file its path (weights may lie in files beside it) or its bytes
 * @throws ARTEFACT when onnxruntime cannot open it; DEVICE
 * @example
 * const { run, inputs } = await openOnnx("clip/vision_model.onnx");
 * const { image_embeds } = await run({ pixel_values: { shape: [1, 3, 224, 224], data: pixels } });
 */
export async function openOnnx(
  file: string | Uint8Array,
  { device = "cpu", threads = 1 }: OpenOnnxOptions = {},
): Promise<OnnxRunner> {
  await requireDevice(device);
  const where = typeof file === "string" ? file : "ONNX file";
  const session = await open(file, { executionProviders: [device], intraOpNumThreads: threads }, where);
  const [inputs, outputs] = [session.inputMetadata.map(portOf), session.outputMetadata.map(portOf)];
  return {
    inputs,
    outputs,
    async run(feeds, wanted = outputs.map(({ name }) => name)) {
      checkNames(where, inputs, Object.keys(feeds));
      const tensors = inputs.map((port) => [port.name, toOrt(port, feeds[port.name]!, where)] as const);
      const results = await session.run(Object.fromEntries(tensors), [...wanted]).catch((cause: unknown) => {
        throw failed(where, "a run", cause);
      });
      return Object.fromEntries(wanted.map((name) => [name, fromOrt(results[name]!, `${where}, ${name}`)]));
    },
    release: () => session.release(),
  };
}

function open(
  file: string | Uint8Array,
  options: ort.InferenceSession.SessionOptions,
  where: string,
): Promise<ort.InferenceSession> {
  const all = { ...options, logSeverityLevel: 4 as const };
  const opened =
    typeof file === "string"
      ? ort.InferenceSession.create(file, all)
      : ort.InferenceSession.create(file, all);
  return opened.catch((cause: unknown) => {
    throw failed(where, "an ONNX file that onnxruntime opens", cause);
  });
}

function failed(where: string, expected: string, cause: unknown): ForetasteError {
  const got = cause instanceof Error ? cause.message : String(cause);
  return new ForetasteError("ARTEFACT", { where, expected, got, cause });
}

function portOf(meta: ort.InferenceSession.ValueMetadata): FilePort {
  if (!meta.isTensor) return { name: meta.name, dtype: "no tensor", shape: [] };
  return { name: meta.name, dtype: meta.type, shape: meta.shape };
}

function checkNames(where: string, inputs: readonly FilePort[], given: readonly string[]): void {
  const names = inputs.map(({ name }) => name);
  if (names.every((name) => given.includes(name)) && given.every((name) => names.includes(name))) return;
  const expected = `inputs ${names.join(", ")}`;
  throw new ForetasteError("FEED", { where, expected, got: given.join(", ") || "none" });
}

function toOrt({ name, dtype }: FilePort, { data, shape }: ShapedArray, where: string): ort.Tensor {
  if (dtype === "float32") return new ort.Tensor("float32", Float32Array.from(data), shape);
  if (dtype === "int32") return new ort.Tensor("int32", Int32Array.from(data), shape);
  if (dtype === "int64") return new ort.Tensor("int64", BigInt64Array.from(data, BigInt), shape);
  if (dtype === "bool") return new ort.Tensor("bool", Uint8Array.from(data), shape);
  const expected = "an input of float32, int32, int64 or bool";
  throw new ForetasteError("FEED", { where: `${where}, ${name}`, expected, got: dtype });
}

function fromOrt({ dims, type, data }: ort.Tensor, where: string): ShapedArray {
  if (type === "float32") return { shape: dims, data: data as Float32Array };
  if (type === "int32") return { shape: dims, data: data as Int32Array };
  if (type === "int64") return { shape: dims, data: Int32Array.from(data as BigInt64Array, Number) };
  if (type === "bool") return { shape: dims, data: Int32Array.from(data as Uint8Array) };
  const expected = "an output of float32, int32, int64 or bool";
  throw new ForetasteError("ARTEFACT", { where, expected, got: type });
}
