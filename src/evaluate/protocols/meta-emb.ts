import { check } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { History } from "../../data/query.ts";
import { itemCounts, partitionRows } from "../../data/splits/interactions.ts";
import { withTraining } from "../../data/splits/training.ts";
import { itemTasks } from "../../tasks/items.ts";
import { selectEvents } from "../../tasks/source.ts";
import type { PairCase, PairGroup, PairProtocol } from "./pair-protocol.ts";

export interface MetaEmbOptions {
  readonly seed: number;
  /** Random choices of the events that warm an item; 3 unless told. */
  readonly draws?: number;
  /** An item is old from this many events on; 300 unless told. */
  readonly oldFrom?: number;
  /** An item is new from this many events on, and left out below; 80 unless told. */
  readonly newFrom?: number;
  /** Events of a mini-batch; 20 unless told. */
  readonly batch?: number;
}

const states = ["cold", "warm-a", "warm-b", "warm-c"] as const;

/**
 * Protocol 3 (Pan et al. 2019, sec. 5): items are tasks. Old items, of MovieLens-1M the 1,058 with at least 300 ratings,
 * are all there is to learn from; new items, the 1,127 with 80 to 299, are met cold and then after one, two and three
 * mini-batches of 20 of their events. A seeded order of an item's events, one a draw, decides which warm it; those after
 * the third mini-batch are the test events at every stage, so the stages are nested and judged on the same pairs. An
 * event is positive when its value is liked. Events of one new item never help with another.
 *
 * On its own training part, with higher thresholds, it gives new items to tune on.
 *
 * @throws SPLIT when there is no old or no new item, CONFIG when a new item could lack test events
 * @example const protocol = metaEmb(dataset, { seed: 1 });
 *          const tuning = metaEmb(protocol.train, { seed: 1, oldFrom: 450, newFrom: 300 });
 */
export function metaEmb(dataset: Dataset, options: MetaEmbOptions): PairProtocol {
  const { seed, draws = 3, oldFrom = 300, newFrom = 80, batch = 20 } = options;
  const counts = itemCounts(dataset.interactions, dataset.items.ids.length);
  const isOld = (item: number): boolean => counts[item]! >= oldFrom;
  const newItems = Int32Array.from(counts.keys()).filter((i) => counts[i]! >= newFrom && !isOld(i));
  assertSplit(dataset.name, { newItems, old: counts.some((n) => n >= oldFrom), newFrom, batch });
  const { kept } = partitionRows(dataset.interactions, (row) => isOld(dataset.interactions.item[row]!));
  const tasks = itemTasks(dataset, { order: "random", query: "all", shots: [0] });
  const groups = Array.from({ length: draws }, (_, draw) => {
    const lives = Array.from(newItems, (item) => {
      const stream = createRng(`${seed}/meta-emb/${draw}`).split(dataset.items.ids[item]!);
      return lifeOf(item, tasks.historyOf(item), { id: dataset.items.ids[item]!, batch, stream });
    });
    return states.map(
      (state, stage): PairGroup => ({
        state,
        shots: stage * batch,
        draw,
        cases: lives.map((at) => at(stage * batch)),
      }),
    );
  });
  return {
    name: "meta-emb",
    scale: dataset.scale,
    train: withTraining(dataset, kept),
    groups: groups.flat(),
  };
}

interface Life {
  readonly id: string;
  readonly batch: number;
  readonly stream: ReturnType<typeof createRng>;
}

/** The stages of one item: the result gives the case after so many events. */
function lifeOf(item: number, own: History, { id, batch, stream }: Life): (shots: number) => PairCase {
  const order = stream.shuffle(Int32Array.from(own.items.keys()));
  const { users = new Int32Array(0), items, values } = selectEvents(own, order.slice(3 * batch));
  return (shots) => ({
    id,
    query: { item, history: selectEvents(own, order.slice(0, shots)) },
    pairs: { users, items },
    values,
  });
}

interface Parts {
  readonly newItems: Int32Array;
  readonly old: boolean;
  readonly newFrom: number;
  readonly batch: number;
}

function assertSplit(name: string, { newItems, old, newFrom, batch }: Parts): void {
  check(newFrom > 3 * batch, "CONFIG", () => ({
    where: "protocol meta-emb",
    expected: `new items with more than the ${3 * batch} events of three mini-batches`,
    got: `newFrom ${newFrom}`,
  }));
  check(newItems.length > 0 && old, "SPLIT", () => ({
    where: `protocol meta-emb on ${name}`,
    expected: "old and new items",
    got: `${newItems.length} new items and ${old ? "some" : "no"} old ones`,
    hint: "Other thresholds `oldFrom` and `newFrom` may fit the data.",
  }));
}
