import type { Bag, Bags } from "../../encoders/bags.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import { type Encoder, type Field, fieldSize } from "../../encoders/encoder.ts";
import { encodeNumber } from "../../encoders/fields/number.ts";
import { mapTree } from "../../tensor/index.ts";
import type { OneClassPrior } from "../bayes/one-class-types.ts";
import type { HostParams } from "../params.ts";

/** A prior with what its numbers are about. */
export interface KnownPrior {
  readonly prior: OneClassPrior;
  readonly catalogue: Catalogue;
}

/**
 * A prior for one catalogue from that of another (parameter transfer): the network as it is, embeddings of tokens by
 * their names (a value by itself, a knot by interpolation between the other's knots), those of items from their twins.
 * What the other does not know stays as it was drawn.
 *
 * @param fresh drawn for the new catalogue; of the same embedding size
 * @param twins row of the same item in the known catalogue's table, or -1. `[items of the new table]`
 */
export function carryPrior(known: KnownPrior, fresh: KnownPrior, twins: Int32Array): OneClassPrior {
  const from = known.prior;
  const ids = from.params as { readonly id: Float32Array };
  const rows = fresh.catalogue.warm.length;
  const width = (fresh.prior.params as { readonly id: Float32Array }).id.length / rows;
  const params = mapTree<HostParams, Float32Array, Float32Array>(from.params, (leaf) => leaf.slice());
  const id = new Float32Array(rows * width);
  fresh.catalogue.warm.forEach((item, row) => {
    const twin = twins[item] ?? -1;
    const at = twin < 0 ? -1 : known.catalogue.warmRow[twin]!;
    if (at >= 0) id.set(ids.id.subarray(at * width, (at + 1) * width), row * width);
  });
  const content = carryTokens(
    { encoder: known.catalogue.encoder, table: from.content },
    { encoder: fresh.catalogue.encoder, table: fresh.prior.content },
    width + 1,
  );
  return { params: { ...(params as Record<string, HostParams>), id }, content };
}

interface Embedded {
  readonly encoder: Encoder;
  /** `[tokens, width]` */
  readonly table: Float32Array;
}

/** The fresh table, with the rows of tokens that the known one has a word for. */
function carryTokens(known: Embedded, fresh: Embedded, width: number): Float32Array {
  const out = fresh.table.slice();
  let to = 0;
  for (const { column, field } of fresh.encoder.fields) {
    const source = startOf(known.encoder, column);
    const size = fieldSize(field);
    for (let token = 0; source !== undefined && token < size; token++) {
      const bag = sameToken(field, source.field, token);
      if (bag.length === 0) continue;
      const row = out.subarray((to + token) * width, (to + token + 1) * width).fill(0);
      for (const [other, weight] of bag) {
        const at = (source.start + other) * width;
        for (let k = 0; k < width; k++) row[k]! += weight * known.table[at + k]!;
      }
    }
    to += size;
  }
  return out;
}

/** The tokens of the other field that mean what this one means; none where it has no such. */
function sameToken(field: Field, other: Field, token: number): Bag {
  if (field.kind === "set" && other.kind === "set") {
    const at = other.vocabulary.indexOf(field.vocabulary[token] ?? "");
    return at < 0 ? [] : [[at, 1]];
  }
  if (field.kind === "number" && other.kind === "number") return encodeNumber(other, field.knots[token]!);
  const sameSize = field.kind === other.kind && fieldSize(field) === fieldSize(other);
  return sameSize ? [[token, 1]] : [];
}

function startOf(encoder: Encoder, column: string): { field: Field; start: number } | undefined {
  let start = 0;
  for (const { column: name, field } of encoder.fields) {
    if (name === column) return { field, start };
    start += fieldSize(field);
  }
  return undefined;
}

/** What tokens say of a person: the mean bag of what they used, as bags of one field. One row a history. */
export function historyBags(bags: Bags, histories: readonly Int32Array[]): Bags {
  const [ids, weights]: [number[], number[]] = [[], []];
  const offsets = new Int32Array(histories.length + 1);
  histories.forEach((items, row) => {
    const sums = new Map<number, number>();
    for (const item of items) {
      const [from, to] = [item * bags.fields.length, (item + 1) * bags.fields.length];
      for (let k = bags.offsets[from]!; k < bags.offsets[to]!; k++)
        sums.set(bags.ids[k]!, (sums.get(bags.ids[k]!) ?? 0) + bags.weights[k]! / items.length);
    }
    ids.push(...sums.keys());
    weights.push(...sums.values());
    offsets[row + 1] = ids.length;
  });
  return {
    rows: histories.length,
    fields: ["history"],
    tokens: bags.tokens,
    offsets,
    ids: Int32Array.from(ids),
    weights: Float32Array.from(weights),
  };
}
