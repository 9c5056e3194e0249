/** Texts of about one length that are encoded together. */
export interface TextBatch {
  /** Which texts, by their place in the list. */
  readonly texts: readonly number[];
  /** What they are padded to: texts, and tokens of each. */
  readonly rows: number;
  readonly length: number;
}

/** How a list is cut into batches. */
export interface BatchPlan {
  /** Most tokens of a text; what is beyond is cut off. */
  readonly longest: number;
  /** About how many tokens a batch has, padding included. 1024 unless given. */
  readonly tokens?: number;
}

/**
 * Texts by length, longest first, cut into batches of few shapes, so that little is padding and few programs serve all:
 * lengths are rounded up to `4, 8, 12, ..., 64, 72, 80, ..., 128, 144, ...`, and rows of the last batch to a power of two.
 *
 * @param lengths tokens of each text
 * @example batchesByLength([3, 90, 4], { longest: 128, tokens: 200 }); // [1, 2] padded to 96 tokens, [0] to 4
 */
export function batchesByLength(lengths: readonly number[], plan: BatchPlan): TextBatch[] {
  const { longest, tokens = 1024 } = plan;
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: TextBatch[] = [];
  for (let start = 0; start < order.length; ) {
    const length = Math.min(longest, roundedLength(lengths[order[start]!]!));
    const fit = Math.max(1, Math.floor(tokens / length));
    const texts = order.slice(start, start + fit);
    batches.push({ texts, rows: Math.min(fit, 2 ** Math.ceil(Math.log2(texts.length))), length });
    start += texts.length;
  }
  return batches;
}

/** Multiples of 4, and above 64 of an eighth of the power of two below: 3 % of a batch is padding. */
function roundedLength(length: number): number {
  const step = Math.max(4, 2 ** (Math.floor(Math.log2(Math.max(1, length - 1))) - 3));
  return Math.max(step, Math.ceil(length / step) * step);
}

/** Token numbers and mask of a batch. `[rows, length]` each */
export interface PaddedTokens {
  readonly ids: Int32Array;
  /** 1 for tokens, 0 for padding. */
  readonly mask: Float32Array;
}

/** Lays the tokens of a batch out, padded with token 0. */
export function padTokens(tokens: readonly ArrayLike<number>[], batch: TextBatch): PaddedTokens {
  const { texts, rows, length } = batch;
  const ids = new Int32Array(rows * length);
  const mask = new Float32Array(rows * length);
  texts.forEach((text, row) => {
    const known = Array.from(tokens[text]!).slice(0, length);
    ids.set(known, row * length);
    mask.fill(1, row * length, row * length + known.length);
  });
  return { ids, mask };
}
