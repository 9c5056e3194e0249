import { apply, sizeOf, type Tensor } from "../tensor.ts";
import { constantData } from "./constants.ts";

/** Commutative operators: `a op b` and `b op a` are one subexpression. */
const COMMUTATIVE: ReadonlySet<string> = new Set(["add", "mul", "maximum", "minimum", "equal", "and", "or"]);

/** Two nodes with the same key compute the same value. Inputs and large constants are only equal to themselves. */
export function keyOf(node: Tensor): string | undefined {
  if (node.op.name === "input") return undefined;
  if (node.op.name === "constant") return constantKey(node);
  const inputs = node.inputs.map((x) => x.id);
  if (COMMUTATIVE.has(node.op.name)) inputs.sort((a, b) => a - b);
  return `${node.op.name}|${textOf(node.attributes)}|${inputs.join(",")}`;
}

/** Attributes are never changed and are shared by the nodes that a rewriting makes of one. */
const texts = new WeakMap<object, string>();

function textOf(attributes: unknown): string {
  if (typeof attributes !== "object" || attributes === null) return String(attributes);
  const known = texts.get(attributes);
  if (known !== undefined) return known;
  const text = JSON.stringify(attributes);
  texts.set(attributes, text);
  return text;
}

function constantKey(node: Tensor): string | undefined {
  if (sizeOf(node.shape) > 64) return undefined;
  const values = Array.from(constantData(node), (x) => (Object.is(x, -0) ? "-0" : String(x)));
  return `constant|${node.dtype}|${node.shape.join(",")}|${values.join(",")}`;
}

/** The first node of every key. */
export function firstOfKey(nodes: readonly Tensor[]): Map<string, Tensor> {
  const known = new Map<string, Tensor>();
  for (const node of nodes) {
    const key = keyOf(node);
    if (key !== undefined && !known.has(key)) known.set(key, node);
  }
  return known;
}

/** Nodes of a graph, by key and as they are, and what must not be used of them. */
export interface Known {
  readonly byKey: ReadonlyMap<string, Tensor>;
  readonly nodes: ReadonlySet<Tensor>;
  readonly except: ReadonlySet<Tensor>;
}

/** Maps every tensor to an equal known one, or to the first equal one it was given: equal subexpressions become one. */
export function sharing({ byKey, nodes, except }: Known): (x: Tensor) => Tensor {
  const fresh = new Map<string, Tensor>();
  const shared = new Map<Tensor, Tensor>();
  const settle = (node: Tensor): Tensor => {
    const key = keyOf(node);
    if (key === undefined) return node;
    const known = byKey.get(key);
    if (known !== undefined && !except.has(known)) return known;
    const first = fresh.get(key);
    if (first === undefined) fresh.set(key, node);
    return first ?? node;
  };
  return function share(x) {
    if (nodes.has(x)) return x;
    const found = shared.get(x);
    if (found !== undefined) return found;
    const inputs = x.inputs.map(share);
    const first = settle(inputs.every((y, i) => y === x.inputs[i]) ? x : apply(x.op, inputs, x.attributes));
    shared.set(x, first);
    return first;
  };
}
