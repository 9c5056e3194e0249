import type { Backend, Executable, Graph, HalfWeights, Port, RunArray } from "../backend.ts";
import { fromHalf } from "../half.ts";
import { inputPorts } from "../ports.ts";
import type { ReferenceValue, Tensor } from "../tensor.ts";
import { evaluateNode } from "./interpreter.ts";

/**
 * The float64 interpreter: slow, simple, the oracle of the tests. Results are Float64Array.
 *
 * @example const exact = await compile({ x }, { y }, { backend: referenceBackend });
 */
export const referenceBackend: Backend = {
  name: "reference",
  load: async (graph, { weights }) => interpret(graph, weights),
};

function interpret(graph: Graph, weights?: HalfWeights): Executable {
  const ports = inputPorts(graph, weights);
  const places = new Map(graph.inputs.map(([, tensor], i) => [tensor, i]));
  return {
    async run(feeds, into = []) {
      const values = new Map<Tensor, ReferenceValue>();
      for (const node of graph.nodes) {
        const fed = places.get(node);
        if (fed !== undefined)
          values.set(node, { shape: node.shape, data: numbersOf(feeds[fed]!, ports[fed]!.dtype) });
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

function numbersOf(data: RunArray, dtype: Port["dtype"]): Float64Array {
  const half = dtype === "float16" || dtype === "bfloat16";
  return Float64Array.from(half ? fromHalf(data as Uint16Array, dtype) : data);
}
