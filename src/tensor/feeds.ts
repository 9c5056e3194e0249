import type { Port, PortArray } from "./backend.ts";
import { checkFeeds, checkInto, fits } from "./check.ts";
import type { Tensor } from "./tensor.ts";
import { flatten, type Tree } from "./tree.ts";

/** A tree read ahead of the runs: under each key an index into the inputs, or the plan of the branch. */
interface Plan {
  readonly keys: readonly string[];
  readonly under: readonly (number | Plan)[];
}

/** Reads feeds into the order of the inputs; the way through the tree is worked out once, not each run. */
export function feedReader(
  inputs: Tree<Tensor>,
  ports: readonly Port[],
): (feeds: Tree<PortArray>) => PortArray[] {
  const plan = planOf(inputs, { next: 0 });
  return (feeds) => {
    const found: PortArray[] = [];
    if (gather(plan, feeds, found) && ports.every((port, i) => fits(port, found[i]))) return found;
    const given = new Map(flatten<PortArray>(feeds));
    checkFeeds(ports, given);
    return ports.map(({ name }) => given.get(name)!);
  };
}

function planOf(tree: Tree<Tensor>, count: { next: number }): Plan {
  const entries = Object.entries(tree);
  const under = entries.map(([, value]) => ("op" in value ? count.next++ : planOf(value, count)));
  return { keys: entries.map(([key]) => key), under };
}

/** False where a branch is missing or has other keys: then the slow check says what is wrong. */
function gather({ keys, under }: Plan, tree: Tree<PortArray>, found: PortArray[]): boolean {
  if (typeof tree !== "object" || tree === null || Object.keys(tree).length !== keys.length) return false;
  for (let i = 0; i < keys.length; i++) {
    const value = tree[keys[i]!];
    const next = under[i]!;
    if (typeof next === "number") found.push(value as PortArray);
    else if (!gather(next, value as Tree<PortArray>, found)) return false;
  }
  return true;
}

/** Arrays for outputs that the caller keeps, in the order of the outputs. */
export function intoReader(ports: readonly Port[]): (into: Tree<PortArray>) => (PortArray | undefined)[] {
  return (into) => {
    const given = new Map(flatten<PortArray>(into));
    checkInto(ports, given);
    return ports.map(({ name }) => given.get(name));
  };
}
