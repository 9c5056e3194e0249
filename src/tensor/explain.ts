import type { Graph } from "./backend.ts";
import { costOf, nodeCost } from "./cost.ts";
import { isInline, kindOf, namesOf, numbersOf, outputNames, settingsOf, shortCount } from "./describe.ts";
import type { Tensor } from "./tensor.ts";

/**
 * A program as text, one node a line: name, dtype and shape, floating-point operations, and what computes it from what.
 * Single numbers stand where they are used. The last line adds up.
 *
 * @param program compiled, or its graph
 * @example
 * explain(program);
 * // x       float32[2, 3]     input
 * // %1 = y  float32[2, 3]  6  mul x 2
 * // 1 operator, 6 floating-point operations, 52 bytes read and written
 */
export function explain(program: Graph | { readonly graph: Graph }): string {
  const graph = "graph" in program ? program.graph : program;
  const names = namesOf(graph);
  const shown = graph.nodes.filter((node) => !isInline(node) || outputNames(graph, node).length > 0);
  const rows = shown.map((node) => rowOf(node, graph, names));
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  const lines = rows.map(([name, kind, flops, what]) =>
    [name!.padEnd(widths[0]!), kind!.padEnd(widths[1]!), flops!.padStart(widths[2]!), what].join("  "),
  );
  return [...lines, total(graph)].join("\n");
}

function rowOf(node: Tensor, graph: Graph, names: ReadonlyMap<Tensor, string>): string[] {
  const { flops } = nodeCost(node);
  const reads = node.inputs.map((x) => names.get(x) ?? "?");
  const numbers = node.op.name === "constant" ? [numbersOf(node)] : [];
  const settings = settingsOf(node).map((setting) => `(${setting})`);
  return [
    [names.get(node) ?? "?", ...outputNames(graph, node)].join(" = "),
    kindOf(node),
    flops === 0 ? "" : shortCount(flops),
    [node.op.name, ...numbers, ...reads, ...settings].join(" "),
  ];
}

function total(graph: Graph): string {
  const { flops, bytes } = costOf(graph);
  const operators = graph.nodes.filter(({ op }) => op.name !== "input" && op.name !== "constant").length;
  const plural = operators === 1 ? "operator" : "operators";
  return `${operators} ${plural}, ${shortCount(flops)} floating-point operations, ${shortCount(bytes)} bytes read and written`;
}
