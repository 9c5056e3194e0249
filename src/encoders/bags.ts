/**
 * Weighted bags of tokens, the one form every attribute takes: row `r` of a table has, in field `f`, the embedding
 * rows `ids[offsets[r * fields + f] .. offsets[r * fields + f + 1]]` with `weights`. Token numbers of all fields share
 * one embedding table.
 */
export interface Bags {
  readonly rows: number;
  readonly fields: readonly string[];
  /** Rows the embedding table needs. */
  readonly tokens: number;
  /** `[rows * fields + 1]` */
  readonly offsets: Int32Array;
  readonly ids: Int32Array;
  readonly weights: Float32Array;
}

/** A float32 matrix, row-major. */
export interface Matrix {
  readonly data: Float32Array;
  readonly width: number;
}

/** One attribute value as tokens of its field. */
export type Bag = readonly (readonly [token: number, weight: number])[];

/** Lays out `[rows][fields]` bags; `sizes` are the tokens of each field, which are numbered consecutively. */
export function packBags(
  fields: readonly string[],
  sizes: readonly number[],
  bags: readonly (readonly Bag[])[],
): Bags {
  const starts = sizes.map((_, f) => sizes.slice(0, f).reduce((a, b) => a + b, 0));
  const flat = bags.flatMap((row) =>
    row.map((bag, f) => bag.map(([token, weight]) => [token + starts[f]!, weight] as const)),
  );
  const offsets = new Int32Array(flat.length + 1);
  flat.forEach((bag, i) => {
    offsets[i + 1] = offsets[i]! + bag.length;
  });
  const entries = flat.flat();
  const ids = Int32Array.from(entries, ([token]) => token);
  const weights = Float32Array.from(entries, ([, weight]) => weight);
  return { rows: bags.length, fields, tokens: sizes.reduce((a, b) => a + b, 0), offsets, ids, weights };
}

/**
 * Weighted sums of embeddings, a field at a time. `rows [n] -> [n, fields, width]`
 *
 * Runs on the host, so that a program never sees a vocabulary: its cost is the number of tokens, not of words.
 */
export function pool(bags: Bags, embeddings: Matrix, rows: ArrayLike<number>): Float32Array {
  const { data, width } = embeddings;
  const fields = bags.fields.length;
  const out = new Float32Array(rows.length * fields * width);
  forEachToken(bags, rows, (slot, token, weight) => {
    const to = slot * width;
    const from = token * width;
    for (let j = 0; j < width; j++) out[to + j]! += weight * data[from + j]!;
  });
  return out;
}

/** The adjoint of {@link pool}: adds `gradient [n, fields, width]` into `into`, shaped like the embedding table. */
export function poolGradient(
  bags: Bags,
  rows: ArrayLike<number>,
  gradient: Float32Array,
  into: Matrix,
): void {
  const { data, width } = into;
  forEachToken(bags, rows, (slot, token, weight) => {
    const from = slot * width;
    const to = token * width;
    for (let j = 0; j < width; j++) data[to + j]! += weight * gradient[from + j]!;
  });
}

/** 1 where a field says something of a row, 0 where its bag is empty. `rows [n] -> [n, fields]` */
export function presentFields({ fields, offsets }: Bags, rows: ArrayLike<number>): Float32Array {
  const width = fields.length;
  return Float32Array.from({ length: rows.length * width }, (_, slot) => {
    const at = rows[Math.floor(slot / width)]! * width + (slot % width);
    return Number(offsets[at + 1]! > offsets[at]!);
  });
}

/** The same with nothing in some of the fields; tokens keep their numbers. */
export function withoutFields(bags: Bags, names: readonly string[]): Bags {
  const { fields, offsets } = bags;
  if (!fields.some((name) => names.includes(name))) return bags;
  const left = fields.map((name) => !names.includes(name));
  const kept: number[] = [];
  const to = new Int32Array(offsets.length);
  for (let at = 0; at < to.length - 1; at++) {
    const end = left[at % fields.length] === true ? offsets[at + 1]! : offsets[at]!;
    for (let k = offsets[at]!; k < end; k++) kept.push(k);
    to[at + 1] = kept.length;
  }
  const ids = Int32Array.from(kept, (k) => bags.ids[k]!);
  return { ...bags, offsets: to, ids, weights: Float32Array.from(kept, (k) => bags.weights[k]!) };
}

/** The distinct tokens that `rows` use, ascending. */
export function usedTokens(bags: Bags, rows: ArrayLike<number>): Int32Array {
  const used = new Uint8Array(bags.tokens);
  forEachToken(bags, rows, (_, token) => {
    used[token] = 1;
  });
  return Int32Array.from(used.keys()).filter((token) => used[token] === 1);
}

function forEachToken(
  bags: Bags,
  rows: ArrayLike<number>,
  visit: (slot: number, token: number, weight: number) => void,
): void {
  const fields = bags.fields.length;
  for (let i = 0; i < rows.length; i++) {
    for (let f = 0; f < fields; f++) {
      const at = rows[i]! * fields + f;
      for (let k = bags.offsets[at]!; k < bags.offsets[at + 1]!; k++)
        visit(i * fields + f, bags.ids[k]!, bags.weights[k]!);
    }
  }
}
