import { createRng } from "../../base/rng.ts";
import type { History, PairQuery, Pairs, Query } from "../../data/query.ts";
import { pool } from "../../encoders/bags.ts";
import { encodeFeatures } from "../../encoders/encoder.ts";
import type { Params } from "../../models/model.ts";
import { compile, flatten, mapTree, type Shape, type Tensor, type Tree } from "../../tensor/index.ts";
import { paddedRows } from "../bayes/rows.ts";
import { bucketOf, memo, padded, roomFor } from "../buckets.ts";
import { paramInputs } from "../params.ts";
import { type PartName, partNames } from "./part-names.ts";
import { adapted, rowInputs, scored, taskInputs } from "./single.ts";
import { latest, levelsOf, type Slots, supportSlots, unitOf } from "./slots.ts";
import { type AnyProgram } from "./step.ts";
import { embed, partWidth } from "./tables.ts";
import type { NetworkFitted, NetworkLearner, NetworkPrior } from "./types.ts";
import { levelWidth, type NetworkWorld, priorInputs } from "./world.ts";

/** Longest support that is used; of a longer history the latest events. */
const MAX_EVENTS = 512;

type Host = Readonly<Record<string, Float32Array>>;
type Serving = Pick<NetworkLearner, "adapt" | "score" | "scorePairs" | "rate" | "probability">;

/** Adaptation and scoring, one task at a time. */
export function networkServing(world: NetworkWorld): Serving {
  const programs = programsOf(world);
  const rowsOf = rowReader(world);
  const { mean, deviation } = unitOf(world);
  const scorePairs: Serving["scorePairs"] = async (prior, { fast, support, anchor }, pairs) => {
    const room = roomFor(pairs.items.length);
    const program = await programs.score(`${room} ${support?.["value"]?.length ?? 0}`);
    const feeds = {
      params: prior.params,
      fast,
      task: { ...(support && { support }), ...(anchor && { anchor }) },
      rows: rowsOf(prior, pairs, room),
    };
    const { score } = (await program.run(feeds)) as unknown as { score: Float32Array };
    return score.subarray(0, pairs.items.length);
  };
  const score: Serving["score"] = (prior, fitted, items) =>
    scorePairs(prior, fitted, { items, users: new Int32Array(items.length).fill(fitted.query.user ?? -1) });
  const through = (change: (score: number) => number): Serving["score"] => {
    return async (prior, fitted, items) => (await score(prior, fitted, items)).map(change);
  };
  const { loss } = world.config;
  const rate = loss === "squared" ? through((z) => mean + deviation * z) : undefined;
  return {
    scorePairs,
    score: rate ?? score,
    ...(rate && { rate }),
    ...(loss === "cross-entropy" && { probability: through((odds) => 1 / (1 + Math.exp(-odds))) }),
    async adapt(prior, query) {
      const history = latest(query.history, MAX_EVENTS);
      const slots = supportSlots(world, history, { known: history.items, rng: rngOf(history) });
      const room = bucketOf(slots.items.length, 8);
      const support = supportFeeds(slots, rowsOf(prior, pairsOf(slots, query), room), room);
      const anchor = anchorOf(world, prior, query);
      const task = { support, ...(anchor && { anchor }) };
      const program = await programs.adapt(room);
      const fast = program && (await program.run({ params: prior.params, task }));
      const kept = programs.readsSupport() ? { support } : {};
      const fitted: NetworkFitted = { query, fast: fast ?? {}, ...kept, ...(anchor && { anchor }) };
      return [fitted, { events: history.items.length, steps: world.config.innerSteps }];
    },
  };
}

/** The stream that draws items against a history: a function of which items it has. */
function rngOf({ items }: History): ReturnType<typeof createRng> {
  return createRng(`adapt ${items.toSorted().join(" ")}`);
}

function pairsOf({ items, users }: Slots, { user }: Query): Pairs {
  return { items, users: users ?? new Int32Array(items.length).fill(user ?? -1) };
}

function supportFeeds(slots: Slots, rows: Host, room: number): Host {
  const weights = slots.weights ?? new Float32Array(slots.items.length).fill(1);
  return { ...rows, value: padded(slots.targets, room), mask: padded(weights, room) };
}

/** Embedded attributes of whom, or what, the task is about. */
function anchorOf(
  world: NetworkWorld,
  { tables }: NetworkPrior,
  query: Query & Pick<PairQuery, "item">,
): Float32Array | undefined {
  const { catalogue, people, config, spec } = world;
  const { about } = config;
  if (about === "domain" || partWidth(world, about) === 0) return undefined;
  const table = { data: tables[about], width: spec.size };
  if (about === "user") return pool(encodeFeatures(people, query.features), table, [0]);
  return pool(catalogue.bags, table, [query.item ?? query.history.items[0] ?? -1]);
}

interface Programs {
  adapt(room: number): Promise<AnyProgram | undefined>;
  /** @param key slots of the items, and of the support */
  score(key: string): Promise<AnyProgram>;
  readsSupport(): boolean;
}

function programsOf(world: NetworkWorld): Programs {
  const reads = memo(() => scoreGraph(world, 1, 8).readsSupport);
  return {
    readsSupport: () => reads(0),
    adapt: memo(async (room: number) => {
      const params = priorInputs(world);
      const task = taskInputs(world, room);
      const fast = adapted(world, params, task);
      if (flatten(fast).length === 0) return undefined;
      return compile({ params, task } as unknown as Tree<Tensor>, fast);
    }),
    score: memo((key: string) => {
      const [items, shots] = key.split(" ").map(Number) as [number, number];
      const { inputs, score } = scoreGraph(world, items, shots);
      return compile(inputs, { score });
    }),
  };
}

/** Scores of rows for one task that has been adapted to. */
export function scoreGraph(
  world: NetworkWorld,
  items: number,
  shots: number,
): { readonly inputs: Tree<Tensor>; readonly score: Tensor; readonly readsSupport: boolean } {
  const params = priorInputs(world);
  const { support, anchor } = taskInputs(world, Math.max(shots, 8));
  const rows = rowInputs(world, items, "rows");
  const fast = fastInputs(world);
  const task = { support, ...(anchor && { anchor }) };
  const score = scored(world, params, { fast, task, rows });
  const readsSupport = dependsOn(score, new Set(Object.values(support)));
  const given = { ...(readsSupport && { support }), ...(anchor && { anchor }) };
  return { inputs: { params, fast, task: given, rows } as unknown as Tree<Tensor>, score, readsSupport };
}

/** An input for every tensor that adaptation leaves. */
function fastInputs(world: NetworkWorld): Params<Tensor> {
  const params = priorInputs(world);
  const fast = adapted(world, params, taskInputs(world, 8));
  const inputs: unknown = paramInputs(mapTree<Params<Tensor>, Tensor, Shape>(fast, ({ shape }) => shape));
  return inputs as Params<Tensor>;
}

function dependsOn(root: Tensor, wanted: ReadonlySet<Tensor>): boolean {
  const seen = new Set<Tensor>();
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (wanted.has(node)) return true;
    if (seen.has(node)) continue;
    seen.add(node);
    pending.push(...node.inputs);
  }
  return false;
}

/** Rows of the network's input, zeros after the pairs. What is the same for everybody is pooled once per prior. */
function rowReader(world: NetworkWorld): (prior: NetworkPrior, pairs: Pairs, room: number) => Host {
  const known = new WeakMap<NetworkPrior, Host>();
  const { about } = world.config;
  const parts = partNames.filter((name) => name !== about && partWidth(world, name) > 0);
  return (prior, { items, users }, room) => {
    const tables = known.get(prior) ?? wholeTables(world, prior, parts);
    known.set(prior, tables);
    const rows = Object.entries(tables).map(([name, table]) => {
      const width = name === "dense" ? levelWidth : partWidth(world, name as PartName);
      const of = name.startsWith("user") ? users : items;
      return [name, paddedRows(table, width, inside(of, table.length / width), room)] as const;
    });
    return Object.fromEntries(rows);
  };
}

/** Rows of a table; whoever is not in it reads the zeros after its end. */
function inside(rows: Int32Array, size: number): Int32Array {
  return rows.map((row) => (row >= 0 && row < size ? row : size - 1));
}

/** Embeddings of all items and users, each followed by zeros. */
export function wholeTables(world: NetworkWorld, { tables }: NetworkPrior, parts: readonly PartName[]): Host {
  const { catalogue, users, spec } = world;
  const items = Int32Array.from(catalogue.items.ids.keys());
  const everybody = Int32Array.from({ length: users?.rows ?? 0 }, (_, row) => row);
  const what = { items, users: everybody, people: [] };
  const whole = parts.map((name) => {
    const rows = name.startsWith("user") ? everybody.length : items.length;
    return [name, embed(world, tables, name, { ...what, room: rows + 1 })] as const;
  });
  const dense = new Float32Array((items.length + 1) * spec.dense);
  if (spec.dense > 0) dense.set(levelsOf(world, items));
  return { ...Object.fromEntries(whole), ...(spec.dense > 0 && { dense }) };
}
