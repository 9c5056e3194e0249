import type { RunContext } from "../../base/progress.ts";
import type { Matrix } from "../../encoders/bags.ts";
import type { SubwordBag } from "../../encoders/pretrained/bag/bag.ts";
import type { TokenizerFiles } from "../../encoders/pretrained/checkpoint/files.ts";
import type { TextEncoder } from "../../encoders/pretrained/text-encoder.ts";
import { multiplyDense } from "../../tensor/dense.ts";
import { transposed } from "../../tensor/index.ts";
import { answersOf } from "./bag-answers.ts";
import { centre, gather, type Shares, spread } from "./bag-shares.ts";

/** Texts as tokens with what the teacher says of them. */
export interface Lesson {
  readonly tokens: readonly (readonly number[])[];
  /** Of length one. `[tokens.length, width]` */
  readonly vectors: Matrix;
}

/** Whose bag it is. */
export interface BagTeacher {
  readonly teacher: TextEncoder;
  readonly tokenizer: TokenizerFiles;
}

/** Rows a token is as frequent as before it was seen: Zipf's law over the vocabulary gets this share of all. */
const UNSEEN = 0.1;
/**
 * Where a token's weight is a half (Arora et al. 2017). Over six draws of MovieLens-1M's items 1e-4 ranks new ones no
 * better: by 2 % on three, worse by 1 % on the others.
 */
const HALF = 1e-3;
/**
 * Variance of the map of what the teacher says of a token alone, in units of that of a token's own part. On MovieLens-1M a
 * larger one agrees more with the teacher's vectors of new texts, and ranks new items worse.
 */
const PRIOR = 0.05;
/** Variance of what a bag cannot say of a text's vector, in the same units. */
const RIDGE = 0.01;

/**
 * The bag that is best for the lesson's texts, in closed form. Tokens are weighted by smooth inverse frequency
 * `a / (a + p)` (Arora et al. 2017), and a token's vector is `e_t = a_t M + d_t`: a linear map of what the teacher says of
 * the token alone, so that tokens nobody has seen mean something, and a part of its own. `M`, `d` and the bias minimise
 *
 * `sum_i |y_i - b - sum_t s_it e_t|^2 + RIDGE (|M|^2 / PRIOR + sum_t |d_t|^2)`, `s_it = w_t / sum w`,
 *
 * which is Gaussian process regression on texts with the kernel `K = S (PRIOR A A^T + I) S^T` (`answersOf`; Rasmussen and
 * Williams 2006, sec. 2.1.2): `e = PRIOR A A^T S^T r + S^T r` with the answers `r = (K + RIDGE I)^-1 y`.
 *
 * @throws CANCELLED
 */
export async function fitBag(
  { teacher, tokenizer }: BagTeacher,
  { tokens, vectors }: Lesson,
  ctx: RunContext,
): Promise<SubwordBag> {
  const { width } = teacher;
  const alone = (await teacher.embed(tokenTexts(tokenizer), ctx)).data;
  const size = alone.length / width;
  centre(alone, width);
  for (let i = 0; i < alone.length; i++) alone[i]! *= Math.sqrt(PRIOR);
  const weights = inverseFrequencies(tokens, size);
  const shares = { tokens, weights, width };
  const [read, wanted] = [meansOf(shares, alone), vectors.data.slice()];
  centre(read, width);
  const bias = centre(wanted, width);
  const answers = await answersOf({ ...shares, read, wanted, ridge: RIDGE }, ctx);
  const n = tokens.length;
  const turned = { data: transposed(read, [n, width]), rows: width, columns: n };
  const map = await multiplyDense(turned, { data: answers, rows: n, columns: width });
  const known = { data: alone, rows: size, columns: width };
  const table = await multiplyDense(known, { data: map, rows: width, columns: width });
  spread(shares, answers, table);
  centre(meansOf(shares, table), width).forEach((mean, j) => void (bias[j]! -= mean));
  return { width, table, weights, bias };
}

/** What stands for a token when it is read alone: its letters, without marks of where words begin or go on. */
function tokenTexts({ tokenizer }: TokenizerFiles): string[] {
  const { vocab } = (tokenizer as { model: { vocab: unknown } }).model;
  const entries: [string, number][] = Array.isArray(vocab)
    ? vocab.map((entry, id) => [String((entry as readonly unknown[])[0]), id])
    : Object.entries(vocab as Record<string, number>);
  const added = (tokenizer as { added_tokens?: { id: number; content: string }[] }).added_tokens ?? [];
  const size = 1 + Math.max(...entries.map(([, id]) => id), ...added.map(({ id }) => id));
  const texts = new Array<string>(size).fill("");
  for (const [token, id] of entries) texts[id] = token.replace(/^##|^[\u2581\u0120]|<\/w>$/gu, "");
  return texts;
}

/** Weights of tokens by how often they occur, smoothed by Zipf's law in the order of the vocabulary. */
export function inverseFrequencies(texts: readonly (readonly number[])[], size: number): Float32Array {
  const counts = new Float64Array(size);
  let total = 0;
  for (const tokens of texts)
    for (const token of tokens) {
      counts[token]!++;
      total++;
    }
  const harmonic = Math.log(size + 1);
  return Float32Array.from(counts, (count, rank) => {
    const share = ((1 - UNSEEN) * count) / Math.max(1, total) + UNSEEN / ((rank + 1) * harmonic);
    return HALF / (HALF + share);
  });
}

/** Weighted means of the tokens of each text. `[texts, width]` */
function meansOf(shares: Shares, table: Float32Array): Float32Array {
  const out = new Float32Array(shares.tokens.length * shares.width);
  gather(shares, table, out);
  return out;
}
