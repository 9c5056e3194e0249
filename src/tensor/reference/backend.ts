import type { Backend, Executable, Graph } from "../backend.ts";
import type { ReferenceValue, Tensor } from "../tensor.ts";
import { evaluateNode } from "./interpreter.ts";

/** The float64 interpreter: slow, simple, the oracle of the tests. Results are Float64Array. */
export const referenceBackend: Backend = { name: "reference", load: async (graph) => interpret(graph) };

function interpret(graph: Graph): Executable {
  const places = new Map(graph.inputs.map(([, tensor], i) => [tensor, i]));
  return {
    async run(feeds, into = []) {
      const values = new Map<Tensor, ReferenceValue>();
      for (const node of graph.nodes) {
        const fed = places.get(node);
        if (fed !== undefined) values.set(node, { shape: node.shape, data: Float64Array.from(feeds[fed]!) });
        else
          values.set(
            node,
            evaluateNode(
              node,
              node.inputs.map((x) => values.get(x)!),
            ),
          );
      }
      return graph.outputs.map(([, node], i) => {
        const { data } = values.get(node)!;
        into[i]?.set(data);
        return into[i] ?? data;
      });
    },
    async release() {},
  };
}
