import { createRng } from "../../base/rng.ts";
import type { Dataset } from "../../data/dataset.ts";
import { jaccard, wordSet } from "../../data/join/align.ts";
import { type JoinedDomains, twinColumn } from "../../data/join/join.ts";
import { encodeTable, fitEncoder } from "../../encoders/encoder.ts";
import { type DomainSample, proxyADistance } from "../../meta/transfer/domain-classifier.ts";
import { maximumMeanDiscrepancy } from "../../meta/transfer/mmd.ts";

/** How far two domains are apart, before anything is learned. */
export interface DomainDistance {
  /** Of what people use, by content: 0 where domains cannot be told apart, 2 where always; NaN without content. */
  readonly aDistance: number;
  /** Squared, of the same samples; about 0 for one distribution, NaN without content. */
  readonly mmd: number;
  /** Shares of the target's users, items and events that the source knows; of the words of both that are common. */
  readonly users: number;
  readonly items: number;
  readonly events: number;
  readonly words: number;
  /** Rank correlation of how often the common items are used; NaN without any. */
  readonly popularity: number;
  /** Rank correlation of how high they are rated. */
  readonly level: number;
  /** Mean value as a share of the scale, source and target. */
  readonly meanValue: readonly [source: number, target: number];
}

/** Events of each domain whose items are compared. */
const SAMPLE = 600;

/**
 * Measures how far two domains are apart: samples of what was used are told apart by the words of all attributes (not by
 * which items are the same), and what is common is counted.
 */
export function domainDistance(joined: JoinedDomains, seed = 1): DomainDistance {
  const { source, target, items, itemTwins, userTwins } = joined;
  const used = [...usedItems(source), ...usedItems(target).map((row) => row + source.items.ids.length)];
  const encoder = fitEncoder(items, Int32Array.from(used), {
    minCount: 2,
    knots: 16,
    buckets: 2048,
    except: [twinColumn],
  });
  const bags = encodeTable(encoder, items);
  const sample = (data: Dataset, offset: number): DomainSample => {
    const rng = createRng(seed).split(offset === 0 ? "source" : "target");
    const events = rng.sample(data.interactions.item, Math.min(SAMPLE, data.interactions.item.length));
    return { bags, rows: Int32Array.from(events, (row) => row + offset) };
  };
  const samples = [sample(source, 0), sample(target, source.items.ids.length)] as const;
  const hasContent = Object.keys(items.columns).some((name) => name !== twinColumn);
  const known = target.interactions.item.filter((item) => itemTwins[item]! >= 0).length;
  const usedTarget = usedItems(target);
  return {
    aDistance: hasContent ? proxyADistance(...samples) : Number.NaN,
    mmd: hasContent ? maximumMeanDiscrepancy(...samples) : Number.NaN,
    users: shareOf(Array.from(new Set(target.interactions.user)), (row) => userTwins[row]! >= 0),
    items: shareOf(usedTarget, (row) => itemTwins[row]! >= 0),
    events: known / Math.max(1, target.interactions.item.length),
    words: jaccard(wordsOfAll(source), wordsOfAll(target)),
    ...shifts(joined),
    meanValue: [meanValue(source), meanValue(target)],
  };
}

function usedItems({ interactions }: Dataset): number[] {
  return [...new Set(interactions.item)];
}

function shareOf(rows: readonly number[], is: (row: number) => boolean): number {
  return rows.filter(is).length / Math.max(1, rows.length);
}

function wordsOfAll({ items }: Dataset): ReadonlySet<string> {
  const columns = Object.entries(items.columns).filter(([name]) => name !== twinColumn);
  return new Set(columns.flatMap(([, column]) => [...wordSet(column)]));
}

/** Rank correlations over the items that both have used. */
function shifts({ source, target, itemTwins }: JoinedDomains): Pick<DomainDistance, "popularity" | "level"> {
  const [from, to] = [totals(source), totals(target)];
  const common = Array.from(itemTwins.keys()).filter(
    (row) => to.counts[row]! > 0 && itemTwins[row]! >= 0 && from.counts[itemTwins[row]!]! > 0,
  );
  const twins = common.map((row) => itemTwins[row]!);
  return {
    popularity: rankCorrelation(
      twins.map((row) => from.counts[row]!),
      common.map((row) => to.counts[row]!),
    ),
    level: rankCorrelation(
      twins.map((row) => from.sums[row]! / from.counts[row]!),
      common.map((row) => to.sums[row]! / to.counts[row]!),
    ),
  };
}

function totals({ items, interactions }: Dataset): { counts: Float64Array; sums: Float64Array } {
  const [counts, sums] = [new Float64Array(items.ids.length), new Float64Array(items.ids.length)];
  interactions.item.forEach((item, row) => {
    counts[item]!++;
    sums[item]! += interactions.value[row]!;
  });
  return { counts, sums };
}

function meanValue({ interactions: { value }, scale: { min, max } }: Dataset): number {
  const mean = value.reduce((sum, x) => sum + x, 0) / Math.max(1, value.length);
  return max > min ? (mean - min) / (max - min) : 1;
}

/** Spearman's rho, ties at their mean rank; NaN of fewer than two or of constants. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const centre = (a.length + 1) / 2;
  const product = (p: readonly number[], q: readonly number[]): number =>
    p.reduce((sum, rank, i) => sum + (rank - centre) * (q[i]! - centre), 0);
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
}

function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((i, j) => values[i]! - values[j]!);
  const out = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let at = from; at < to; at++) out[order[at]!] = (from + 1 + to) / 2;
    from = to;
  }
  return out;
}
