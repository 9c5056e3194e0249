import type { Dataset } from "../../data/dataset.ts";
import type { Ranker } from "../../data/query.ts";
import { contentNumbers } from "../../encoders/content-numbers.ts";
import { defaultContentPriorOptions, fitContentPrior } from "../../encoders/content-prior.ts";
import { encodeTable, fitEncoder } from "../../encoders/encoder.ts";
import { fitPresence } from "../../encoders/presence.ts";
import { contentVectors } from "../../encoders/vector-kernel.ts";

/** Noise of a target that rests on many likes, and what a single like adds, in units of the targets' variance. */
const NOISE = { noise: 0.3, perEvent: 12 };

/**
 * A probe of all that is known of items without an event: a Gaussian process from content (attributes, words, vectors of
 * encoders) to which items are liked together and how often, `log(1 + likes)` times the presence factors. Its prediction
 * scores by the inner product with the mean presence of what somebody liked.
 *
 * @param train a data set that holds training interactions only
 * @example const ranker = await contentProbe(train, "use-lite");
 */
export async function contentProbe(train: Dataset, name: string): Promise<Ranker> {
  const { items, users, scale } = train;
  const likes = likesOf(train);
  const presence = fitPresence(likes, { users: users.ids.length, items: items.ids.length });
  const counts = new Int32Array(items.ids.length);
  for (const item of likes.item) counts[item]!++;
  const { size } = presence;
  const values = presence.rows.map((x, k) => x * Math.log1p(counts[Math.floor(k / size)]!));
  const seen = Int32Array.from(counts.keys()).filter((item) => counts[item]! > 0);
  const unit = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / Math.max(1, seen.length * size)) || 1;
  const vectorNames = Object.keys(items.columns).filter((key) => items.columns[key]!.kind === "vector");
  const encoder = fitEncoder(items, seen, { minCount: 2, knots: 16, buckets: 4096, except: vectorNames });
  const bags = encodeTable(encoder, items);
  const options = { ...defaultContentPriorOptions, ...NOISE };
  const numbers = contentNumbers({ items, encoder, bags, seen }, options.kernel);
  const vectors = contentVectors(items, seen);
  const targets = { bags, numbers, vectors, counts, values: values.map((x) => x / unit), width: size };
  const predicted = await fitContentPrior(targets, options);
  return {
    name,
    async score({ history }, candidates) {
      const taste = new Float64Array(size);
      history.items.forEach((item, i) => {
        if (history.values[i]! < scale.liked) return;
        for (let j = 0; j < size; j++) taste[j]! += presence.rows[item * size + j]!;
      });
      return Float32Array.from(candidates, (item) =>
        taste.reduce((sum, t, j) => sum + t * predicted.mean[item * size + j]!, 0),
      );
    },
  };
}

function likesOf({ interactions, scale }: Dataset): Dataset["interactions"] {
  const { user, item, value } = interactions;
  const rows = Int32Array.from(value.keys()).filter((row) => value[row]! >= scale.liked);
  return {
    user: rows.map((row) => user[row]!),
    item: rows.map((row) => item[row]!),
    value: new Float32Array(rows.length).fill(1),
  };
}
