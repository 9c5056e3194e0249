import type { Graph } from "./backend.ts";
import { formatShape, type Tensor } from "./tensor.ts";

/**
 * A program as text, one node a line: name, dtype and shape, operator with attributes, and what it reads.
 *
 * @example
 * explain(program.graph);
 * // x         float32[2, 3]  input
 * // %1        float32[]      constant 2
 * // %2 = y    float32[2, 3]  mul x %1
 */
export function explain(graph: Graph): string {
  const names = new Map<Tensor, string>(graph.inputs.map(([name, tensor]) => [tensor, name]));
  graph.nodes.forEach((node, i) => names.has(node) || names.set(node, `%${i}`));
  const rows = graph.nodes.map((node) => {
    const known = graph.outputs.filter(([, tensor]) => tensor === node).map(([name]) => name);
    const reads = node.inputs.map((x) => names.get(x) ?? "?");
    const what = [node.op.name, ...describe(node), ...reads].join(" ");
    return [
      [names.get(node), ...known].join(" = "),
      `${node.dtype}${formatShape(node.shape)}`,
      what,
    ] as const;
  });
  const width = (column: 0 | 1): number => Math.max(0, ...rows.map((row) => row[column].length));
  return rows.map((row) => `${row[0].padEnd(width(0))}  ${row[1].padEnd(width(1))}  ${row[2]}`).join("\n");
}

/** The attributes that say something: the numbers of a small constant, the axes of a sum. */
function describe({ op, attributes }: Tensor): string[] {
  if (op.name === "input" || attributes === null) return [];
  if (op.name !== "constant") return [JSON.stringify(attributes)];
  const { data } = attributes as { data: ArrayLike<number> };
  return data.length > 6 ? [`of ${data.length} numbers`] : Array.from(data, String);
}
