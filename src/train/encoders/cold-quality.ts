import type { RunContext } from "../../base/progress.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Ranker } from "../../data/query.ts";
import type { TrainingDataset } from "../../data/splits/training.ts";
import type { Matrix } from "../../encoders/bags.ts";
import { evaluateRanker } from "../../evaluate/evaluate.ts";
import { ndcgBinary } from "../../evaluate/metrics/ndcg.ts";
import { coldItems } from "../../evaluate/protocols/cold-items.ts";
import type { Case, Protocol } from "../../evaluate/protocols/protocol.ts";
import { invertLarge, multiplyDense } from "../../tensor/dense.ts";
import { transposed } from "../../tensor/index.ts";

/** How the quality of vectors is asked for. */
export interface ColdQualityOptions {
  /** Of the choice of cold items and of ties. */
  readonly seed: number;
  /** Most people who are asked. */
  readonly people: number;
}

/** What vectors of items are asked: rank items that nobody has touched, by content alone, for people with a history. */
export interface ColdQuestion {
  readonly protocol: Protocol;
  /** Rows of the items that are cold: whoever makes vectors may not learn from their texts. */
  readonly coldItems: ReadonlySet<number>;
}

/**
 * Strict cold items (protocol `cold-items`): the state in which cold items are ranked among themselves.
 *
 * @throws SPLIT when the data are too few
 */
export function coldQuestion(dataset: Dataset, { seed, people }: ColdQualityOptions): ColdQuestion {
  const protocol = coldItems(dataset, { seed });
  const [group] = protocol.groups;
  const cases = spread(group!.cases, people);
  return {
    protocol: { ...protocol, groups: [{ ...group!, cases }] },
    coldItems: new Set(group!.cases[0]?.candidates),
  };
}

/** Evenly spread over all. */
function spread(cases: readonly Case[], count: number): readonly Case[] {
  if (cases.length <= count) return cases;
  return Array.from({ length: count }, (_, i) => cases[Math.floor((i * cases.length) / count)]!);
}

/**
 * nDCG@10 of each person by what vectors say of items (`linearContent`). `[cases]`
 *
 * @param vectors a row an item; NaN where nothing is known of it
 */
export async function coldQuality(
  { protocol }: ColdQuestion,
  vectors: Matrix,
  { seed }: Pick<ColdQualityOptions, "seed">,
  context: RunContext,
): Promise<Float64Array> {
  const ranker = await linearContent(protocol.train, vectors);
  const evaluation = await evaluateRanker(ranker, protocol, { metrics: [ndcgBinary(10)], seed, context });
  return evaluation.groups[0]!.metrics["ndcg_binary@10"]!;
}

/** Added to the Gram matrix of items of length one. */
const RIDGE = 10;

/**
 * A linear scorer on given vectors: ridge regression of what a person liked, 1, against all other warm items, 0, on the
 * items' vectors, centred over the warm ones and of length one: `w_u = (X^T X + RIDGE I)^-1 X^T y_u, s = X w_u`. One
 * inverse serves all people.
 */
export async function linearContent(train: TrainingDataset, vectors: Matrix): Promise<Ranker> {
  const { width } = vectors;
  const x = centred(vectors, train.warmItems);
  const warm = { data: rowsOf(x, train.warmItems, width), rows: train.warmItems.length, columns: width };
  const turned = { data: transposed(warm.data, [warm.rows, width]), rows: width, columns: warm.rows };
  const gram = await multiplyDense(turned, warm);
  for (let j = 0; j < width; j++) gram[j * width + j]! += RIDGE;
  const inverse = { data: await invertLarge(gram, width), rows: width, columns: width };
  const shares = await multiplyDense({ data: x, rows: x.length / width, columns: width }, inverse);
  const { liked } = train.scale;
  return {
    name: "linear content",
    async score({ history }, items) {
      const taste = new Float64Array(width);
      history.items.forEach((item, i) => {
        if (history.values[i]! < liked) return;
        for (let j = 0; j < width; j++) taste[j]! += shares[item * width + j]!;
      });
      return Float32Array.from(items, (item) => {
        let score = 0;
        for (let j = 0; j < width; j++) score += taste[j]! * x[item * width + j]!;
        return score;
      });
    },
  };
}

/** Rows less the mean of some, of length one; nothing where a vector is missing. */
function centred({ data, width }: Matrix, over: Int32Array): Float32Array {
  const rows = data.length / width;
  const known = (row: number): boolean => !Number.isNaN(data[row * width]!);
  const seen = Array.from(over).filter(known);
  const mean = new Float64Array(width);
  for (const row of seen) for (let j = 0; j < width; j++) mean[j]! += data[row * width + j]! / seen.length;
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    if (!known(row)) continue;
    let squares = 0;
    for (let j = 0; j < width; j++) squares += (data[row * width + j]! - mean[j]!) ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let j = 0; j < width; j++) out[row * width + j] = scale * (data[row * width + j]! - mean[j]!);
  }
  return out;
}

function rowsOf(data: Float32Array, rows: Int32Array, width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => out.set(data.subarray(row * width, (row + 1) * width), i * width));
  return out;
}

/** Cosine of each row with the same row of others; NaN where one is missing. */
export function agreement(some: Matrix, others: Matrix): Float64Array {
  const { width } = some;
  const cosines: number[] = [];
  for (let at = 0; at < some.data.length; at += width) {
    let [ab, aa, bb] = [0, 0, 0];
    for (let j = at; j < at + width; j++) {
      ab += some.data[j]! * others.data[j]!;
      aa += some.data[j]! ** 2;
      bb += others.data[j]! ** 2;
    }
    cosines.push(ab / Math.sqrt(aa * bb));
  }
  return Float64Array.from(cosines);
}
