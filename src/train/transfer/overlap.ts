import { groupBy } from "../../baselines/columns.ts";
import type { Dataset, Interactions } from "../../data/dataset.ts";
import { type JoinedDomains, withColumn } from "../../data/join/join.ts";
import type { History, Ranker } from "../../data/query.ts";
import { partitionRows } from "../../data/splits/interactions.ts";
import { type TrainingDataset, withTraining } from "../../data/splits/training.ts";
import { chances } from "../two-domains/mixture.ts";
import type { TwoDomainRow } from "../two-domains/rows.ts";
import type { TransferFit } from "./fit.ts";

/** What people of both domains are learned from. */
export interface OverlapRequest extends Omit<TransferFit, "config"> {
  readonly joined: JoinedDomains;
  readonly target: TrainingDataset;
}

/** Both domains as one data set: people of the target keep their rows, items of the target stand behind the source's. */
export interface OneWorld {
  readonly train: TrainingDataset;
  /** Row of the target's first item. */
  readonly offset: number;
  /** People who like something on both sides. */
  readonly overlap: number;
  /** What a person of the target liked in the source. */
  readonly likedThere: (user: number) => Int32Array;
}

/** Of the joined items: which domain each is of. */
const COLUMN = "domain";

/**
 * Joins the likes of two domains. What the source knows of items that the target has as well is left out, or whoever is
 * asked about the target would be known by the answer.
 */
export function oneWorld({ joined, target }: OverlapRequest): OneWorld {
  const { source, items, userTwins } = joined;
  const [offset, own] = [source.items.ids.length, target.users.ids.length];
  const placeOf = Int32Array.from(source.users.ids, (_, row) => own + row);
  userTwins.forEach((row, user) => void (row >= 0 && (placeOf[row] = user)));
  const [there, here] = [sourceLikes(joined), likesIn(target)];
  const events = together(
    { ...there, user: there.user.map((row) => placeOf[row]!) },
    { ...here, item: here.item.map((item) => item + offset) },
  );
  const domains = items.ids.map((_, row) => (row < offset ? "source" : "target"));
  const dataset: Dataset = {
    ...target,
    name: `${source.name} and ${target.name}`,
    users: { ids: [...target.users.ids, ...source.users.ids.map((id) => `source ${id}`)], columns: {} },
    items: withColumn({ ids: items.ids, columns: {} }, COLUMN, { kind: "categorical", values: domains }),
    scale: { min: 0, max: 1, liked: 1 },
  };
  const { offsets, rows } = groupBy(there.user, source.users.ids.length);
  const likedThere = (user: number): Int32Array => {
    const row = userTwins[user] ?? -1;
    return rows.slice(offsets[row] ?? 0, offsets[row + 1] ?? 0).map((at) => there.item[at]!);
  };
  const overlap = [...new Set(here.user)].filter((user) => likedThere(user).length > 0).length;
  return { train: withTraining(dataset, events), offset, overlap, likedThere };
}

/**
 * Fits a system of two domains, and asks it about people of the target: by what they liked in the source and by what they
 * liked there, each as chances of the items asked about and as heavy as it has likes.
 */
export async function fitOverlap(
  row: TwoDomainRow,
  { train, offset, likedThere }: OneWorld,
  { joined, seed, context }: OverlapRequest,
): Promise<Ranker> {
  const { liked } = joined.target.scale;
  const settings = { ...row.settings, column: COLUMN, seed };
  const ranker = await row.fit(train, settings, { seed, validFraction: 0, context });
  return {
    name: row.name,
    async score({ user = -1, history }, items) {
      const here = history.items.filter((_, at) => history.values[at]! >= liked).map((item) => item + offset);
      const known = [likedThere(user), here].filter(({ length }) => length > 0);
      const asked = items.map((item) => item + offset);
      const scores = await Promise.all(
        (known.length > 0 ? known : [here]).map((likes) => ranker.score({ history: likesAs(likes) }, asked)),
      );
      const [first = new Float32Array(0), second] = scores;
      if (second === undefined) return first;
      const parts = scores.map((one, at) => chances(one).map((chance) => known[at]!.length * chance));
      return parts[0]!.map((part, at) => part + parts[1]![at]!);
    },
  };
}

function likesAs(items: Int32Array): History {
  return { items, values: new Float32Array(items.length).fill(1) };
}

/** Likes of the source, without items that the target has as well. */
function sourceLikes({ source, itemTwins }: JoinedDomains): Interactions {
  const twins = new Set(itemTwins);
  const likes = likesIn(source);
  return partitionRows(likes, (row) => !twins.has(likes.item[row]!)).kept;
}

/** A like is worth 1 on the scale of the whole. */
function likesIn({ interactions, scale }: Dataset): Interactions {
  const { kept } = partitionRows(interactions, (row) => interactions.value[row]! >= scale.liked);
  return { user: kept.user, item: kept.item, value: new Float32Array(kept.user.length).fill(1) };
}

function together(a: Interactions, b: Interactions): Interactions {
  return {
    user: Int32Array.from([...a.user, ...b.user]),
    item: Int32Array.from([...a.item, ...b.item]),
    value: Float32Array.from([...a.value, ...b.value]),
  };
}
