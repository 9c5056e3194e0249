import { type Bags, pool, poolGradient, usedTokens } from "../../encoders/bags.ts";
import { fieldSize } from "../../encoders/encoder.ts";
import type { RowGradients } from "../../optim/index.ts";
import { gatherRows } from "../bayes/rows.ts";
import { type PartName, partNames } from "./part-names.ts";
import type { NetworkWorld } from "./world.ts";

/** Embedding tables, `[rows, embeddingSize]`; a part that is absent has none. */
export type Tables = Readonly<Record<PartName, Float32Array>>;

/** One array for each part that a network's rows have. */
export type Parts = Readonly<Partial<Record<PartName, Float32Array>>>;

export function eachPart<T>(make: (name: PartName) => T): Readonly<Record<PartName, T>> {
  return Object.fromEntries(partNames.map((name) => [name, make(name)])) as Record<PartName, T>;
}

/** Rows that the tables need. */
export function tableRows({
  catalogue,
  people,
  users,
  spec,
}: NetworkWorld): Readonly<Record<PartName, number>> {
  return {
    user: people.fields.reduce((sum, { field }) => sum + fieldSize(field), 0),
    userId: spec.userId * (users?.rows ?? 0),
    item: catalogue.bags.tokens,
    itemId: spec.itemId * catalogue.warm.length,
  };
}

/** Columns of a part in the network's rows. */
export function partWidth({ spec }: Pick<NetworkWorld, "spec">, name: PartName): number {
  return spec[name] * spec.size;
}

/** Who and what a batch is about: whatever its embeddings are pooled from. */
export interface Embedded {
  /** Distinct items. */
  readonly items: Int32Array;
  /** Attributes of each task's person, where tasks are about people. */
  readonly people: readonly Bags[];
  /** Distinct users, where events say who did them. */
  readonly users: Int32Array;
}

/** Where one row of a part comes from: rows of bags, or one row of an ID table (-1 for none). */
type Source =
  | { readonly kind: "bags"; readonly bags: Bags; readonly rows: Int32Array }
  | { readonly kind: "ids"; readonly rows: Int32Array };

function sourcesOf(
  world: NetworkWorld,
  name: PartName,
  { items, people, users }: Embedded,
): readonly Source[] {
  const { catalogue } = world;
  if (name === "item") return [{ kind: "bags", bags: catalogue.bags, rows: items }];
  if (name === "itemId") return [{ kind: "ids", rows: items.map((item) => catalogue.warmRow[item] ?? -1) }];
  const known = world.users;
  if (known === undefined) {
    const one = Int32Array.of(0);
    return name === "user" ? people.map((bags) => ({ kind: "bags", bags, rows: one })) : [];
  }
  if (name === "user") return [{ kind: "bags", bags: known, rows: users }];
  return [{ kind: "ids", rows: users.map((user) => (user < known.rows ? user : -1)) }];
}

/** Embeddings of a part, one row a user or item. `[rows, partWidth]`, zeros up to `room` rows */
export function embed(
  world: NetworkWorld,
  tables: Tables,
  name: PartName,
  { room, ...what }: Embedded & { readonly room: number },
): Float32Array {
  const [width, size] = [partWidth(world, name), world.spec.size];
  const out = new Float32Array(room * width);
  let at = 0;
  for (const source of sourcesOf(world, name, what)) {
    const rows =
      source.kind === "bags"
        ? pool(source.bags, { data: tables[name], width: size }, source.rows)
        : gatherRows(tables[name], size, source.rows);
    out.set(rows, at);
    at += rows.length;
  }
  return out;
}

/** The adjoint of {@link embed}: gradients of the rows of each table that were used. */
export function rowGradients(
  world: NetworkWorld,
  what: Embedded,
  parts: Parts,
): Readonly<Partial<Record<PartName, RowGradients>>> {
  const present = partNames.filter((name) => parts[name] !== undefined && partWidth(world, name) > 0);
  return Object.fromEntries(
    present.map((name) => {
      const gradient = parts[name] as Float32Array;
      const sources = sourcesOf(world, name, what);
      return [name, addUp(sources, gradient, { width: partWidth(world, name), size: world.spec.size })];
    }),
  );
}

interface Widths {
  /** Of a row of the part, and of the table. */
  readonly width: number;
  readonly size: number;
}

function addUp(sources: readonly Source[], gradient: Float32Array, widths: Widths): RowGradients {
  const [first] = sources;
  if (first === undefined) return { rows: new Int32Array(0), values: new Float32Array(0) };
  if (first.kind === "ids") return idGradients(first.rows, gradient, widths.size);
  const dense = new Float32Array(first.bags.tokens * widths.size);
  const used = new Set<number>();
  let at = 0;
  for (const source of sources) {
    if (source.kind !== "bags") continue;
    const end = at + source.rows.length * widths.width;
    poolGradient(source.bags, source.rows, gradient.subarray(at, end), { data: dense, width: widths.size });
    for (const token of usedTokens(source.bags, source.rows)) used.add(token);
    at = end;
  }
  const rows = Int32Array.from(used);
  return { rows, values: gatherRows(dense, widths.size, rows) };
}

function idGradients(ids: Int32Array, gradient: Float32Array, size: number): RowGradients {
  const known = Int32Array.from(ids.keys()).filter((i) => ids[i]! >= 0);
  return { rows: known.map((i) => ids[i]!), values: gatherRows(gradient, size, known) };
}
