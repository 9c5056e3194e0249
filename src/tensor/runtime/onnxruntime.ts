import * as ort from "onnxruntime-node";
import { ForetasteError } from "../../base/errors.ts";
import type { Backend, Executable, Graph } from "../backend.ts";
import type { HostArray, Tensor } from "../tensor.ts";
import { toOnnx } from "./lower.ts";

export type Device = "cpu" | "webgpu" | "cuda" | "coreml" | "dml";

/** onnxruntime on a device of this machine. */
export function onnxBackend(device: Device = "cpu"): Backend {
  return {
    name: `onnxruntime-${device}`,
    async load(graph, { threads = 1 }) {
      const session = await createSession(toOnnx(graph), device, threads);
      return execute(session, graph);
    },
  };
}

async function createSession(
  model: Uint8Array,
  device: Device,
  threads: number,
): Promise<ort.InferenceSession> {
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    logSeverityLevel: 2,
    // Threads that wait for work by spinning take it from whoever else runs: 10 instead of 24 ms of CPU for a MAML step.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  };
  try {
    return await ort.InferenceSession.create(model, options);
  } catch (cause) {
    throw device === "cpu" ? cause : notAvailable(device, cause);
  }
}

function notAvailable(device: Device, cause: unknown): ForetasteError {
  const bundled = ort.listSupportedBackends().filter((b) => b.bundled);
  const message = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
  // What stands before "was false" is a C++ signature.
  const got = message.replace(/^.* was false\. /, "").replace(/\.+$/, "");
  const names = bundled.map((b) => b.name).join(", ");
  const hint = `Bundled with onnxruntime here: ${names}; a GPU needs its driver as well. Use device "cpu".`;
  const where = `device "${device}"`;
  return new ForetasteError("DEVICE", { where, expected: "a device that starts", got, hint, cause });
}

function execute(session: ort.InferenceSession, graph: Graph): Executable {
  return {
    async run(feeds) {
      const tensors: Record<string, ort.Tensor> = {};
      for (const [name, tensor] of graph.inputs) tensors[name] = toOrt(feeds.get(name) as HostArray, tensor);
      const results = await session.run(tensors);
      return new Map(graph.outputs.map(([name]) => [name, results[name]!.data as HostArray]));
    },
    release: () => session.release(),
  };
}

function toOrt(data: HostArray, { dtype, shape }: Tensor): ort.Tensor {
  if (dtype === "float32") return new ort.Tensor("float32", data as Float32Array, shape);
  if (dtype === "int32") return new ort.Tensor("int32", data as Int32Array, shape);
  return new ort.Tensor("bool", data as Uint8Array, shape);
}
