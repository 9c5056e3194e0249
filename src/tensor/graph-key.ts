import { createHash, type Hash } from "node:crypto";
import type { Graph } from "./backend.ts";
import type { HostArray, Tensor } from "./tensor.ts";

/**
 * A hash of everything that a program computes: operators, attributes, constants, how nodes hang together, names and
 * shapes of inputs and outputs. Two traces of the same function have the same key; tensor ids do not matter.
 *
 * @returns SHA-256, hexadecimal
 * @example graphKey(program.graph)
 */
export function graphKey({ inputs, outputs, nodes }: Graph): string {
  const hash = createHash("sha256");
  const place = new Map<Tensor, number>(inputs.map(([, tensor], i) => [tensor, i]));
  for (const [name, { dtype, shape }] of inputs) hash.update(`${JSON.stringify([name, dtype, shape])}\n`);
  for (const node of nodes) {
    if (place.has(node)) continue;
    place.set(node, place.size);
    describe(node, place, hash);
  }
  for (const [name, tensor] of outputs) hash.update(`${JSON.stringify([name, place.get(tensor)])}\n`);
  return hash.digest("hex");
}

function describe(node: Tensor, place: ReadonlyMap<Tensor, number>, hash: Hash): void {
  const { op, attributes, dtype, shape } = node;
  const own = op.name === "constant" ? null : attributes;
  const reads = node.inputs.map((x) => place.get(x));
  hash.update(`${JSON.stringify([op.name, dtype, shape, own, reads], inFull(node))}\n`);
  if (op.name === "constant") hash.update(bytesOf((attributes as { readonly data: HostArray }).data));
}

/** What JSON would drop or round to the same: a function is only equal to itself, `-0` is not 0 and Infinity not null. */
function inFull({ id }: Tensor): (key: string, value: unknown) => unknown {
  return (_, value) => {
    if (typeof value === "function") return `function of ${id}`;
    if (typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0))) return value;
    return Object.is(value, -0) ? "-0" : String(value);
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: HostArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
