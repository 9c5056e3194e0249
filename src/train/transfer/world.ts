import { check } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset, Table } from "../../data/dataset.ts";
import { type JoinedDomains, stackTables } from "../../data/join/join.ts";
import { type TrainingDataset, withTraining } from "../../data/splits/training.ts";
import { assemble, type Catalogue } from "../../encoders/catalogue.ts";
import { type Encoder, fitEncoder } from "../../encoders/encoder.ts";
import { fitItemMeans } from "../../encoders/item-means.ts";
import { fitTrends } from "../../encoders/trends.ts";

/** What transfer learns from: training events of two domains whose items are encoded alike. */
export interface TransferWorld {
  readonly source: TransferSide;
  readonly target: TransferSide;
  /** Source row of the same item, or -1. `[items of the target]` */
  readonly itemTwins: Int32Array;
}

export interface TransferSide {
  readonly train: TrainingDataset;
  readonly catalogue: Catalogue;
}

export interface WorldOptions {
  /** Items of a catalogue that may be chosen, in training: those with most likes first, then at random. */
  readonly catalogue: number;
  /** More columns of the target's items, and the same of the source's. */
  readonly extra?: { readonly source: Table["columns"]; readonly target: Table["columns"] };
  readonly seed: number;
}

/** What depends on the source and the attributes alone: one vocabulary for both, and the source's side. */
export interface KnownSource {
  readonly encoder: Encoder;
  readonly side: TransferSide;
}

/** @throws DATA when the items of the two have no column in common */
export function knownSource(
  { source, target }: JoinedDomains,
  { catalogue, extra, seed }: WorldOptions,
): KnownSource {
  const own = withItems(source, source.items, extra?.source);
  const other = withItems(target, target.items, extra?.target);
  const encoder = jointEncoder(own.items, other.items, source.name);
  return { encoder, side: sideOf(own, encoder, { size: catalogue, seed }) };
}

/**
 * Catalogues of both domains over one vocabulary. Items that nobody has used yet stand among those that may be chosen,
 * up to the size of the catalogue: were they left out, an item without other people's events would always be one that
 * the person at hand is about to choose, and few people would teach just that.
 *
 * @param target training events of the target; whoever is to be judged is not in it
 */
export function transferWorld(
  joined: JoinedDomains,
  target: TrainingDataset,
  { encoder, side }: KnownSource,
  { catalogue, extra, seed }: WorldOptions,
): TransferWorld {
  const own = withItems(target, joined.target.items, extra?.target);
  return {
    source: side,
    target: sideOf(own, encoder, { size: catalogue, seed }),
    itemTwins: joined.itemTwins,
  };
}

function sideOf(
  train: Dataset,
  encoder: Encoder,
  options: { readonly size: number; readonly seed: number },
): TransferSide {
  return {
    train: withTraining(train, train.interactions),
    catalogue: openCatalogue(train, encoder, options),
  };
}

function withItems(dataset: Dataset, items: Table, extra: Table["columns"] = {}): Dataset {
  return { ...dataset, items: { ids: items.ids, columns: { ...items.columns, ...extra } } };
}

/** Text speaks through twins and vectors: its words would be learned by heart. */
function jointEncoder(source: Table, target: Table, name: string): Encoder {
  const items = stackTables(source, target);
  const texts = Object.entries(items.columns).filter(([, { kind }]) => kind === "text");
  check(Object.keys(items.columns).length > texts.length, "DATA", () => ({
    where: `transfer from ${name}`,
    expected: "items of both domains with an attribute in common",
    got: "none",
    hint: "Say which columns mean the same, or that ids are shared.",
  }));
  const all = Int32Array.from(items.ids.keys());
  return fitEncoder(items, all, {
    minCount: 2,
    knots: 16,
    buckets: 4096,
    except: texts.map(([column]) => column),
  });
}

/** A catalogue of the most liked items, filled up with others at random. */
export function openCatalogue(
  train: Dataset,
  encoder: Encoder,
  { size, seed }: { readonly size: number; readonly seed: number },
): Catalogue {
  const { items, interactions, scale } = train;
  const likes = new Int32Array(items.ids.length);
  interactions.item.forEach((item, row) => {
    if (interactions.value[row]! >= scale.liked) likes[item]!++;
  });
  const order = createRng(seed).split("open catalogue").shuffle(Int32Array.from(likes.keys()));
  order.sort((a, b) => likes[b]! - likes[a]!);
  const warm = Int32Array.from(order.slice(0, size)).sort();
  const rest = { means: fitItemMeans(train), trends: fitTrends(train, { catalogue: warm }) };
  return assemble({ items, scale, warm, encoder }, rest);
}
