import type { Graph } from "./backend.ts";
import { formatShape, type Tensor } from "./tensor.ts";

/** Longer constants are not spelled out. */
const SPELLED = 6;

/** A constant short enough to stand where it is used. */
export function isInline(node: Tensor): boolean {
  return node.op.name === "constant" && dataOf(node).length <= 1;
}

/** The numbers of a short constant, or how many a long one has. */
export function numbersOf(node: Tensor): string {
  const data = dataOf(node);
  return data.length > SPELLED ? `of ${data.length} numbers` : Array.from(data, shortNumber).join(" ");
}

const shortNumber = (x: number): string => (Object.is(x, -0) ? "-0" : String(Number(x.toPrecision(6))));

function dataOf(node: Tensor): ArrayLike<number> {
  return (node.attributes as { readonly data: ArrayLike<number> }).data;
}

/** What an operator is told beside its operands, as `axes 0 1` or `transposeA`. Shapes are not repeated. */
export function settingsOf({ op, attributes }: Tensor): string[] {
  if (op.name === "input" || typeof attributes !== "object" || attributes === null) return [];
  if (op.name === "constant") return [];
  return Object.entries(attributes).flatMap(([name, value]): string[] => {
    if (name === "shape" || value === false || value === undefined || typeof value === "function") return [];
    if (value === true) return [name];
    return [`${name} ${Array.isArray(value) ? value.join(" ") : String(value)}`];
  });
}

/** A kind of value: `float32[2, 3]`. */
export function kindOf(node: Tensor): string {
  return `${node.dtype}${formatShape(node.shape)}`;
}

/** A name for every node: inputs by theirs, inline constants by their number, others `%1, %2, ...`. */
export function namesOf({ inputs, nodes }: Graph): Map<Tensor, string> {
  const names = new Map<Tensor, string>(inputs.map(([name, tensor]) => [tensor, name]));
  let count = 0;
  for (const node of nodes)
    if (!names.has(node)) names.set(node, isInline(node) ? numbersOf(node) : `%${++count}`);
  return names;
}

/** The names under which a node comes out. */
export function outputNames({ outputs }: Graph, node: Tensor): string[] {
  return outputs.filter(([, tensor]) => tensor === node).map(([name]) => name);
}

/** `1234567 -> 1.23M` */
export function shortCount(n: number): string {
  const [unit, scale] = (
    [
      ["G", 1e9],
      ["M", 1e6],
      ["k", 1e3],
    ] as const
  ).find(([, at]) => n >= at) ?? ["", 1];
  return `${Number((n / scale).toPrecision(3))}${unit}`;
}
