import { ForetasteError } from "../../base/errors.ts";
import type { Backend, BackendOptions, Graph, PortArray } from "../backend.ts";
import { costOf } from "../cost.ts";
import { topological } from "../grad.ts";
import { inputPorts, portOf } from "../ports.ts";
import { type Device, requireDevice } from "./device.ts";
import { toOnnx } from "./lower.ts";
import { openSession, type SessionSpec } from "./session.ts";
import { openThreadSession } from "./session-thread.ts";

/** A run that takes longer than this should not hold up whoever waits for the event loop. */
const BLOCKING_MS = 5;

/** Devices with kernels for onnxruntime's own operators. */
const VENDOR_OPERATORS: ReadonlySet<Device> = new Set(["cpu", "cuda"]);

/**
 * onnxruntime on a device of this machine; what `compile` uses unless told otherwise.
 *
 * @example await compile(inputs, outputs, { backend: shareSessions(onnxBackend("cpu")) });
 */
export function onnxBackend(device: Device = "cpu"): Backend {
  return {
    name: `onnxruntime-${device}`,
    async load(graph, options) {
      await requireDevice(device);
      const spec = sessionSpec(graph, device, options);
      const away = options.offThread ?? estimatedMs(graph) > BLOCKING_MS;
      const session = await (away ? openThreadSession(spec) : openSession(spec));
      return {
        run: (feeds, into) => session.run(feeds as PortArray[], into),
        release: () => session.release(),
      };
    },
  };
}

/** A graph in the form that crosses a thread boundary. */
export function sessionSpec(graph: Graph, device: Device, options: BackendOptions): SessionSpec {
  const { threads = 1, weights } = options;
  const flat = withFlatOutputs(graph);
  const [inputs, outputs] = [inputPorts(flat, weights), flat.outputs.map(portOf)];
  const refused = inputs.find(({ dtype }) => dtype === "bfloat16");
  if (refused !== undefined) {
    const hint = "Feed float16; constants may be bfloat16.";
    const expected = "a dtype that onnxruntime-node can be fed";
    throw new ForetasteError("DEVICE", { where: `input "${refused.name}"`, expected, got: "bfloat16", hint });
  }
  const model = toOnnx(flat, { weights, vendor: VENDOR_OPERATORS.has(device) });
  return { model, inputs, outputs, provider: device, threads };
}

/** The host gets flat arrays, and a reshape at the end is a copy. */
function withFlatOutputs(graph: Graph): Graph {
  const outputs = graph.outputs.map(
    ([name, x]) => [name, x.op.name === "reshape" ? x.inputs[0]! : x] as const,
  );
  return { ...graph, outputs, nodes: topological(outputs.map(([, x]) => x)) };
}

/** At 20 GFLOP/s and 10 GB/s: what one core of a small server does with matrices of this kind. */
function estimatedMs(graph: Graph): number {
  const { flops, bytes } = costOf(graph);
  return flops / 2e7 + bytes / 1e7;
}
