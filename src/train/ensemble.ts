import { check, ForetasteError } from "../base/errors.ts";
import type { Settings } from "../base/settings.ts";
import type { Query, Ranker } from "../data/query.ts";
import { itemCounts } from "../data/splits/interactions.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { type InnerValid, splitInnerValid } from "../tasks/inner-valid.ts";
import type { Task } from "../tasks/task.ts";
import {
  type Combination,
  equalWeights,
  type RatedRows,
  type ScoredList,
  stackLists,
  stackRatings,
  standardised,
} from "./ensemble-weights.ts";
import { checkSettings } from "./settings.ts";

/** Every setting of `ensemble` with its default. */
export const ensembleSettings: Settings = {
  /** Names of systems, joined by commas, or by plus signs where commas separate systems. */
  members: "bayes-head,matrix-factorisation,item-user-bias",
  /** Share of the training people whose queries the weights are fitted on. */
  people: 0.3,
  /** Share of the items that are hidden for it, so that there are weights for cold items too. */
  coldItems: 0.1,
  /** How strongly the weights of each history length are pulled to those of all, in events. */
  shrinkage: 200,
  /** Fit the members again on all of training once the weights are known. */
  refit: true,
};

export interface EnsembleOptions {
  /** "query set": ratings are combined, "full": lists are. */
  readonly purpose: "full" | "query set";
  readonly seed: number;
  /** Fits one member on training data. */
  fitMember(name: string, train: TrainingDataset): Promise<Ranker>;
}

/** A ranker with what its weights are: by length of the history, and for cold items. */
export interface Ensemble {
  readonly ranker: Ranker;
  readonly members: readonly string[];
  /** By bin; see `binNames`. */
  readonly combinations: Readonly<Record<string, Combination>>;
}

/** Longest history of each bin but the last. */
const BINS = [0, 3, 10, 30];

/**
 * Stacks systems: fits them without `innerValid`, finds weights per length of the history on it (non-negative least squares
 * for ratings, a softmax loss for lists), and fits them again on everything.
 *
 * @throws CONFIG for unknown settings, fewer than two members, or a member that cannot do what is asked
 */
export async function fitEnsemble(
  train: TrainingDataset,
  given: Settings,
  options: EnsembleOptions,
): Promise<Ensemble> {
  const model = { ...ensembleSettings, ...checkSettings("ensemble", given, ensembleSettings) };
  const members = membersOf(String(model["members"]));
  const inner = innerValidFor(train, model, options);
  const fitAll = async (on: TrainingDataset): Promise<Ranker[]> => {
    const out: Ranker[] = [];
    for (const name of members) out.push(await options.fitMember(name, on));
    return out;
  };
  const judged = await fitAll(inner.train);
  const shrinkage = Number(model["shrinkage"]);
  const combinations =
    options.purpose === "full"
      ? await listWeights(judged, inner, shrinkage)
      : await ratingWeights(judged, inner, shrinkage);
  const [rankers, base] = model["refit"] ? [await fitAll(train), train] : [judged, inner.train];
  const known = itemCounts(base.interactions, base.items.ids.length);
  const ranker =
    options.purpose === "full"
      ? listRanker(rankers, combinations)
      : ratingRanker(rankers, combinations, known);
  return { ranker, members, combinations };
}

function membersOf(names: string): readonly string[] {
  const members = names.split(/[,+]/).map((name) => name.trim());
  check(new Set(members).size === members.length && members.length > 1, "CONFIG", () => ({
    where: "ensemble.members",
    expected: "two or more different systems, joined by commas or plus signs",
    got: `"${names}"`,
  }));
  check(!members.includes("ensemble"), "CONFIG", () => ({
    where: "ensemble.members",
    expected: "systems other than the ensemble itself",
    got: `"${names}"`,
  }));
  return members;
}

function innerValidFor(
  train: TrainingDataset,
  { people, coldItems }: Settings,
  { purpose, seed }: EnsembleOptions,
): InnerValid {
  const shared = { people: Number(people), seed };
  if (purpose === "full") {
    const shots = [0, 1, 2, 3, 5, 10, 20];
    return splitInnerValid(train, { ...shared, coldItems: 0, order: "time", query: "liked", shots });
  }
  const shots = [0, 1, 3, 5, 10, 20, 40, 90];
  return splitInnerValid(train, {
    ...shared,
    coldItems: Number(coldItems),
    order: "random",
    query: "all",
    shots,
    maxQuery: 10,
  });
}

/** Name of the bin of a history and, for ratings, of a known or a cold item. */
function binOf(events: number, cold: boolean): string {
  const at = BINS.findIndex((most) => events <= most);
  const from = at <= 0 ? 0 : BINS[(at < 0 ? BINS.length : at) - 1]! + 1;
  const label = at < 0 ? `${BINS.at(-1)! + 1}+` : from === BINS[at] ? `${from}` : `${from}-${BINS[at]}`;
  return cold ? `${label} cold` : label;
}

function queryOf({ features, support, time }: Task): Query {
  return { history: support, ...(features && { features }), ...(time !== undefined && { time }) };
}

async function ratings(ranker: Ranker, query: Query, items: Int32Array): Promise<Float32Array> {
  const found = await ranker.rate?.(query, items);
  if (found !== undefined) return found;
  throw new ForetasteError("CONFIG", {
    where: "ensemble.members",
    expected: "systems that predict ratings",
    got: ranker.name,
    hint: "Leave it out of the members where ratings are asked for.",
  });
}

interface MutableRows {
  readonly predicted: number[][];
  readonly truth: number[];
}

async function ratingWeights(
  rankers: readonly Ranker[],
  { train, tasks }: InnerValid,
  shrinkage: number,
): Promise<Readonly<Record<string, Combination>>> {
  const known = itemCounts(train.interactions, train.items.ids.length);
  const bins = new Map<string, MutableRows>();
  for (const task of tasks) {
    const { items, values } = task.query;
    const query = queryOf(task);
    const predicted: Float32Array[] = [];
    for (const ranker of rankers) predicted.push(await ratings(ranker, query, items));
    items.forEach((item, i) => {
      const bin = binOf(task.support.items.length, known[item] === 0);
      const rows = bins.get(bin) ?? { predicted: rankers.map(() => []), truth: [] };
      bins.set(bin, rows);
      rows.truth.push(values[i]!);
      predicted.forEach((column, m) => void rows.predicted[m]!.push(column[i]!));
    });
  }
  return shrunk([...bins], rankers.length, (parts, towards, strength) =>
    stackRatings(joined(parts, rankers.length), { shrinkage: strength * shrinkage, towards }),
  );
}

function joined(parts: readonly RatedRows[], members: number): RatedRows {
  return {
    predicted: Array.from({ length: members }, (_, m) =>
      parts.flatMap((rows) => Array.from(rows.predicted[m]!)),
    ),
    truth: parts.flatMap((rows) => Array.from(rows.truth)),
  };
}

/** Weights of each bin, pulled towards those of all bins; known and cold items are pooled apart. */
function shrunk<T>(
  bins: readonly (readonly [string, T])[],
  members: number,
  solve: (parts: readonly T[], towards: Combination, strength: number) => Combination,
): Readonly<Record<string, Combination>> {
  const out: Record<string, Combination> = {};
  for (const cold of [false, true]) {
    const own = bins.filter(([name]) => name.endsWith("cold") === cold);
    if (own.length === 0) continue;
    const all = solve(
      own.map(([, rows]) => rows),
      equalWeights(members),
      0.1,
    );
    out[cold ? "cold" : "any"] = all;
    for (const [name, rows] of own) out[name] = solve([rows], all, 1);
  }
  return out;
}

async function listWeights(
  rankers: readonly Ranker[],
  { train, tasks }: InnerValid,
  shrinkage: number,
): Promise<Readonly<Record<string, Combination>>> {
  const bins = new Map<string, ScoredList[]>();
  for (const task of tasks) {
    const used = new Set(task.support.items);
    const candidates = train.warmItems.filter((item) => !used.has(item));
    const wanted = new Set(task.query.items);
    const liked = Array.from(candidates.keys()).filter((i) => wanted.has(candidates[i]!));
    if (liked.length === 0) continue;
    const scores: Float64Array[] = [];
    for (const ranker of rankers) scores.push(standardised(await ranker.score(queryOf(task), candidates)));
    const bin = binOf(task.support.items.length, false);
    bins.set(bin, [...(bins.get(bin) ?? []), { scores, liked }]);
  }
  // A list is worth about as much as the ten ratings of a query.
  return shrunk([...bins], rankers.length, (parts, towards, strength) =>
    stackLists(parts.flat(), { shrinkage: (strength * shrinkage) / 10, towards }),
  );
}

type Combinations = Readonly<Record<string, Combination>>;

function combinationFor(combinations: Combinations, bin: string, members: number): Combination {
  const pooled = bin.endsWith("cold") ? combinations["cold"] : undefined;
  return combinations[bin] ?? pooled ?? combinations["any"] ?? equalWeights(members);
}

function ratingRanker(rankers: readonly Ranker[], combinations: Combinations, known: Int32Array): Ranker {
  const rate = async (query: Query, items: Int32Array): Promise<Float32Array> => {
    const columns: Float32Array[] = [];
    for (const ranker of rankers) columns.push(await ratings(ranker, query, items));
    const events = query.history.items.length;
    return Float32Array.from(items, (item, i) => {
      const cold = known[item] === 0;
      const { weights, intercept } = combinationFor(combinations, binOf(events, cold), rankers.length);
      return columns.reduce((sum, column, m) => sum + weights[m]! * column[i]!, intercept);
    });
  };
  return { name: "Ensemble", score: rate, rate };
}

/** Scores are standardised over the items of the call: only their order in it means something. */
function listRanker(rankers: readonly Ranker[], combinations: Combinations): Ranker {
  return {
    name: "Ensemble",
    async score(query, items) {
      const bin = binOf(query.history.items.length, false);
      const { weights } = combinationFor(combinations, bin, rankers.length);
      const out = new Float32Array(items.length);
      for (const [m, ranker] of rankers.entries()) {
        const scores = standardised(await ranker.score(query, items));
        for (let i = 0; i < out.length; i++) out[i]! += weights[m]! * scores[i]!;
      }
      return out;
    },
  };
}
