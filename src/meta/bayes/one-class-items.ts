import type { Rng } from "../../base/rng.ts";
import { type Bags, pool, poolGradient, presentFields, withoutFields } from "../../encoders/bags.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import type { OneClassShape } from "../../models/one-class.ts";
import { summedContent, summedContentGradient } from "./content.ts";
import { idModality, type OneClassConfig } from "./one-class-config.ts";
import { gateRunner } from "./one-class-gates.ts";
import type { ItemFeeds, ItemParts, ItemReader, OneClassPrior } from "./one-class-types.ts";

/** @param shape with `fields` where gates fuse */
export function itemReader(catalogue: Catalogue, shape: OneClassShape, config: OneClassConfig): ItemReader {
  const bags = withoutFields(catalogue.bags, config.without);
  const world = { catalogue, shape, config, bags, hasId: !config.without.includes(idModality) };
  const parts = partsReader(world);
  return {
    modalities: [...bags.fields, idModality],
    ...(shape.fields === undefined ? summedFeeds(world) : fusedFeeds(world)),
    parts,
    async features(prior) {
      const all = Int32Array.from(catalogue.items.ids.keys());
      return weightedSum(await parts(prior, all), bags.fields.length + 1);
    },
  };
}

interface World {
  readonly catalogue: Catalogue;
  readonly shape: OneClassShape;
  readonly config: OneClassConfig;
  /** Without what is left out. */
  readonly bags: Bags;
  readonly hasId: boolean;
}

type Feeds = Pick<ItemReader, "warm" | "dropped" | "addGradient">;

/** A kept ID weighs one over the probability of being kept, so that its expectation is what serving adds. */
function summedFeeds({ catalogue: { warm }, shape, config, bags, hasId }: World): Feeds {
  const width = shape.embeddingSize + 1;
  const feeds = (prior: OneClassPrior, keep: Float32Array): ItemFeeds => ({
    keep: hasId ? keep : keep.fill(0),
    content: summedContent(bags, { data: prior.content, width }, warm),
  });
  return {
    warm: (prior) => feeds(prior, new Float32Array(warm.length).fill(1)),
    dropped(prior, rng) {
      const { idDropout } = config;
      return feeds(
        prior,
        drawn(warm.length, idDropout, rng).map((kept) => kept / (1 - idDropout)),
      );
    },
    addGradient: (gradient, into) => summedContentGradient(bags, warm, gradient, into),
  };
}

/** Gates weigh what is there, so a kept part stays as it is. */
function fusedFeeds({ catalogue: { warm }, shape, config, bags, hasId }: World): Feeds {
  const width = shape.embeddingSize + 1;
  const known = presentFields(bags, warm);
  const feeds = (prior: OneClassPrior, present: Float32Array, keep: Float32Array): ItemFeeds => ({
    present,
    keep: hasId ? keep : keep.fill(0),
    content: pool(bags, { data: prior.content, width }, warm),
  });
  return {
    warm: (prior) => feeds(prior, known, new Float32Array(warm.length).fill(1)),
    dropped(prior, rng) {
      const keep = drawn(warm.length, config.idDropout, rng);
      const left = drawn(known.length, config.modalityDropout, rng);
      return feeds(
        prior,
        known.map((x, at) => x * left[at]!),
        keep,
      );
    },
    addGradient: (gradient, into) => poolGradient(bags, warm, gradient, into),
  };
}

/** 0 with a probability, else 1. */
function drawn(n: number, probability: number, rng: Rng): Float32Array {
  return Float32Array.from({ length: n }, () => (rng.next() < probability ? 0 : 1));
}

function partsReader({ catalogue, shape, bags, hasId }: World): ItemReader["parts"] {
  const [d, fields] = [shape.embeddingSize, bags.fields.length];
  const gates = shape.fields === undefined ? undefined : gateRunner(shape);
  return async (prior, items, cold = false) => {
    const pooled = pool(bags, { data: prior.content, width: d + 1 }, items);
    const present = presentFields(bags, items);
    const [m, block] = [fields + 1, fields * (d + 1)];
    const parts = new Float32Array(items.length * m * (d + 1));
    const known = new Float32Array(items.length * m);
    const id = prior.params["id"] as Float32Array;
    items.forEach((item, i) => {
      parts.set(pooled.subarray(i * block, (i + 1) * block), i * (block + d + 1));
      known.set(present.subarray(i * fields, (i + 1) * fields), i * m);
      const row = hasId && !cold ? catalogue.warmRow[item]! : -1;
      if (row < 0) return;
      parts.set(id.subarray(row * d, (row + 1) * d), i * (block + d + 1) + block);
      known[i * m + fields] = 1;
    });
    return { parts, weights: gates === undefined ? known : await gates(prior, parts, known) };
  };
}

/** `[n, modalities, width], [n, modalities] -> [n, width]` */
function weightedSum({ parts, weights }: ItemParts, modalities: number): Float32Array {
  const width = parts.length / Math.max(1, weights.length);
  const out = new Float32Array((weights.length / modalities) * width);
  weights.forEach((weight, slot) => {
    const to = Math.floor(slot / modalities) * width;
    if (weight !== 0) for (let j = 0; j < width; j++) out[to + j]! += weight * parts[slot * width + j]!;
  });
  return out;
}
