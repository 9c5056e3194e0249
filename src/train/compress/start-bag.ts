import type { RunContext } from "../../base/progress.ts";
import type { Matrix } from "../../encoders/bags.ts";
import type { SubwordBag } from "../../encoders/pretrained/bag/bag.ts";
import type { TokenizerFiles } from "../../encoders/pretrained/checkpoint/files.ts";
import type { TextEncoder } from "../../encoders/pretrained/text-encoder.ts";
import { invertLarge, multiplyDense } from "../../tensor/dense.ts";
import { transposed } from "../../tensor/index.ts";
import { dominantSubspace } from "../../tensor/subspace.ts";

/** Texts as tokens with what the teacher says of them. */
export interface Lesson {
  readonly tokens: readonly (readonly number[])[];
  /** Of length one. `[tokens.length, width]` */
  readonly vectors: Matrix;
}

/** What a bag begins with. */
export interface BagStart {
  readonly teacher: TextEncoder;
  readonly tokenizer: TokenizerFiles;
  /** How many principal components of the tokens' vectors are kept. */
  readonly components: number;
}

/** Rows a token is as frequent as before it was seen: Zipf's law over the vocabulary gets this share of all. */
const UNSEEN = 0.1;
/** Where a token's weight is a half (Arora et al. 2017). */
const HALF = 1e-3;
/** Added to moments of bags, relative to their mean. */
const RIDGE = 0.01;

/**
 * A bag without training: the teacher's vector of each token alone, on the principal components of all of them, weighted
 * by smooth inverse frequency `a / (a + p)` (Arora et al. 2017), through the linear map that is best for the lesson's
 * texts (ridge regression).
 */
export async function startBag(
  { teacher, tokenizer, components }: BagStart,
  lesson: Lesson,
  ctx: RunContext,
): Promise<SubwordBag> {
  const { width } = teacher;
  const alone = await teacher.embed(tokenTexts(tokenizer), ctx);
  const weights = inverseFrequencies(lesson.tokens, alone.data.length / width);
  const table = await onComponents(alone, components);
  const bag = { width, table, weights, bias: new Float32Array(width) };
  return throughBestMap(bag, lesson);
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
function inverseFrequencies(texts: readonly (readonly number[])[], size: number): Float32Array {
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

/** Vectors less their mean, on their leading principal components, in the coordinates they had. */
async function onComponents({ data, width }: Matrix, components: number): Promise<Float32Array> {
  const rows = data.length / width;
  const centred = data.slice();
  for (let j = 0; j < width; j++) {
    let mean = 0;
    for (let r = 0; r < rows; r++) mean += data[r * width + j]! / rows;
    for (let r = 0; r < rows; r++) centred[r * width + j]! -= mean;
  }
  if (components >= width) return centred;
  const all = { data: centred, rows, columns: width };
  const covariance = await multiplyDense(
    { data: transposed(centred, [rows, width]), rows: width, columns: rows },
    all,
  );
  const basis = await dominantSubspace({ data: covariance, rows: width, columns: width }, components);
  const turned = { data: transposed(basis.data, [components, width]), rows: width, columns: components };
  const projection = { data: await multiplyDense(turned, basis), rows: width, columns: width };
  return multiplyDense(all, projection);
}

/** The bag whose vectors go through `M` and `b`, the ridge regression of the teacher's vectors on the bag's means. */
async function throughBestMap(bag: SubwordBag, { tokens, vectors }: Lesson): Promise<SubwordBag> {
  const { width } = bag;
  const n = tokens.length;
  const [x, meanX] = centredRows(meansOf(bag, tokens), width);
  const [y, meanY] = centredRows(vectors.data, width);
  const turned = { data: transposed(x, [n, width]), rows: width, columns: n };
  const gram = await multiplyDense(turned, { data: x, rows: n, columns: width });
  let trace = 0;
  for (let j = 0; j < width; j++) trace += gram[j * width + j]! / width;
  for (let j = 0; j < width; j++) gram[j * width + j]! += RIDGE * trace;
  const square = (data: Float32Array) => ({ data, rows: width, columns: width });
  const moments = await multiplyDense(turned, { data: y, rows: n, columns: width });
  const map = await multiplyDense(square(await invertLarge(gram, width)), square(moments));
  const table = await multiplyDense(
    { data: bag.table, rows: bag.table.length / width, columns: width },
    square(map),
  );
  const moved = await multiplyDense({ data: meanX, rows: 1, columns: width }, square(map));
  return { ...bag, table, bias: meanY.map((value, j) => value - moved[j]!) };
}

/** Weighted means of the tokens of each text. `[texts, width]` */
function meansOf({ table, weights, width }: SubwordBag, texts: readonly (readonly number[])[]): Float32Array {
  const out = new Float32Array(texts.length * width);
  texts.forEach((tokens, row) => {
    const total = tokens.reduce((sum, token) => sum + weights[token]!, 0);
    for (const token of tokens)
      for (let j = 0; j < width; j++)
        out[row * width + j]! += (weights[token]! / total) * table[token * width + j]!;
  });
  return out;
}

/** Rows less their mean, and the mean. */
function centredRows(data: Float32Array, width: number): [Float32Array, Float32Array] {
  const n = data.length / width;
  const mean = new Float32Array(width);
  for (let i = 0; i < data.length; i++) mean[i % width]! += data[i]! / n;
  return [data.map((value, i) => value - mean[i % width]!), mean];
}
