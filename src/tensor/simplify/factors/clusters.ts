import type { Tensor } from "../../tensor.ts";
import { addends, foldedProduct, isProduct } from "./linear.ts";
import { type Use, usesOf } from "./uses.ts";

/** Matrices that are linear combinations of one another, products at the bottom, and what they are used for. */
export interface Cluster {
  /** Inputs before users. */
  readonly members: readonly Tensor[];
  /** Members that are needed element by element. */
  readonly needed: ReadonlySet<Tensor>;
  readonly uses: ReadonlyMap<Tensor, readonly Use[]>;
  /** What must come out: the needed members, and what the others are used for. */
  readonly results: readonly Tensor[];
  /** Members that are used more than once, so that it may pay to form them. */
  readonly choices: ReadonlySet<Tensor>;
  /** All nodes that may be gone when the results are computed otherwise, members included. */
  readonly own: ReadonlySet<Tensor>;
}

/** The clusters with a use that can do without the matrix, or with products that may have a factor in common. */
export function clustersOf(nodes: readonly Tensor[], outputs: readonly Tensor[]): Cluster[] {
  const members = membersOf(nodes);
  const users = usersIn(nodes);
  const returned = new Set(outputs);
  return components(nodes, members)
    .map((group) => clusterOf(group, { members, users, returned }))
    .filter(({ uses, members }) => uses.size > 0 || members.filter(isProduct).length > 1);
}

interface Surroundings {
  readonly members: ReadonlyMap<Tensor, readonly Tensor[]>;
  readonly users: ReadonlyMap<Tensor, readonly Tensor[]>;
  readonly returned: ReadonlySet<Tensor>;
}

function clusterOf(group: readonly Tensor[], { members, users, returned }: Surroundings): Cluster {
  const inside = new Set(group);
  const uses = new Map<Tensor, readonly Use[]>();
  const needed = new Set(group.filter((x) => returned.has(x)));
  const choices = new Set<Tensor>();
  for (const matrix of group) {
    const usersOfMatrix = users.get(matrix) ?? [];
    const outer = usersOfMatrix.filter((user) => !members.get(user)?.includes(matrix));
    const found = outer.map((user) => {
      const alone = !inside.has(user) && user.inputs.every((x) => x === matrix || !inside.has(x));
      return alone ? usesOf(matrix, user, users) : undefined;
    });
    if (found.includes(undefined)) needed.add(matrix);
    const good = found.flatMap((use) => use ?? []);
    if (good.length > 0) uses.set(matrix, good);
    if (good.length > 0 || usersOfMatrix.length > 1) choices.add(matrix);
  }
  const used = [...uses.values()].flat();
  const results = [...needed, ...used.map((use) => use.result)];
  const folded = group.flatMap((x) => foldedProduct(x) ?? []).filter((x) => users.get(x)?.length === 1);
  const own = new Set([...group, ...folded, ...results, ...used.flatMap((use) => use.between)]);
  return { members: group, needed, uses, results, choices, own };
}

/** Products and their linear combinations, each with the addends that are members too. */
function membersOf(nodes: readonly Tensor[]): Map<Tensor, readonly Tensor[]> {
  const members = new Map<Tensor, readonly Tensor[]>();
  for (const node of nodes) {
    const inner = addends(node).filter((x) => members.has(x));
    if (inner.length > 0 || isProduct(node)) members.set(node, inner);
  }
  return members;
}

function usersIn(nodes: readonly Tensor[]): Map<Tensor, Tensor[]> {
  const users = new Map<Tensor, Tensor[]>();
  for (const node of nodes) {
    for (const x of new Set(node.inputs)) {
      const known = users.get(x);
      if (known === undefined) users.set(x, [node]);
      else known.push(node);
    }
  }
  return users;
}

/** Members that are linked by addition, in the order of `nodes`. */
function components(nodes: readonly Tensor[], members: ReadonlyMap<Tensor, readonly Tensor[]>): Tensor[][] {
  const leader = new Map<Tensor, Tensor>();
  const find = (x: Tensor): Tensor => {
    let at = x;
    for (let up = leader.get(at); up !== undefined && up !== at; up = leader.get(at)) at = up;
    return at;
  };
  for (const [node, inner] of members) {
    leader.set(node, node);
    for (const x of inner) leader.set(find(x), node);
  }
  const groups = new Map<Tensor, Tensor[]>();
  for (const node of nodes) {
    if (!members.has(node)) continue;
    const group = groups.get(find(node));
    if (group === undefined) groups.set(find(node), [node]);
    else group.push(node);
  }
  return [...groups.values()];
}
