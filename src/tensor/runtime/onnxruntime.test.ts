import { backendContract } from "../../../testing/backend-contract.ts";
import type { Backend, PortArray } from "../backend.ts";
import { inputPorts, portOf } from "../ports.ts";
import { toOnnx } from "./lower.ts";
import { onnxBackend } from "./onnxruntime.ts";
import { openSession } from "./session.ts";

backendContract({ backend: onnxBackend("cpu"), tolerance: 2e-6 });

/** What others run: files without operators of onnxruntime's own, results in their shapes. */
const standardFiles: Backend = {
  name: "standard files",
  async load(graph) {
    const [inputs, outputs] = [inputPorts(graph), graph.outputs.map(portOf)];
    const session = await openSession({ model: toOnnx(graph), inputs, outputs, provider: "cpu", threads: 1 });
    return {
      run: (feeds, into) => session.run(feeds as PortArray[], into),
      release: () => session.release(),
    };
  },
};

backendContract({ backend: standardFiles, tolerance: 2e-6 });
