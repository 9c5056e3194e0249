import type { Backend, Executable, Graph } from "../backend.ts";
import type { ReferenceValue, Tensor } from "../tensor.ts";
import { evaluateNode } from "./interpreter.ts";

/** The float64 interpreter: slow, simple, the oracle of the tests. Results are Float64Array. */
export const referenceBackend: Backend = { name: "reference", load: async (graph) => interpret(graph) };

function interpret(graph: Graph): Executable {
  const names = new Map(graph.inputs.map(([name, tensor]) => [tensor, name]));
  return {
    async run(feeds) {
      const values = new Map<Tensor, ReferenceValue>();
      for (const node of graph.nodes) {
        const fed = names.get(node);
        if (fed !== undefined)
          values.set(node, { shape: node.shape, data: Float64Array.from(feeds.get(fed)!) });
        else
          values.set(
            node,
            evaluateNode(
              node,
              node.inputs.map((x) => values.get(x)!),
            ),
          );
      }
      return new Map(graph.outputs.map(([name, node]) => [name, values.get(node)!.data]));
    },
    async release() {},
  };
}
