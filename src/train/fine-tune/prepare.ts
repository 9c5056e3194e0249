import type { RunContext } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset } from "../../data/dataset.ts";
import { itemCounts } from "../../data/splits/interactions.ts";
import type { Matrix } from "../../encoders/bags.ts";
import type { Checkpoint } from "../../encoders/pretrained/checkpoint/checkpoint.ts";
import { openTokenizer } from "../../encoders/pretrained/checkpoint/tokens.ts";
import { transformerEncoder } from "../../encoders/pretrained/transformer-encoder.ts";
import type { ContentWorld } from "../../meta/transfer/fine-tune/config.ts";
import type { ItemTokens } from "../../meta/transfer/fine-tune/network-features.ts";
import { type ColdQuestion, coldQuestion } from "../encoders/cold-quality.ts";
import { itemTexts } from "../encoders/texts.ts";

/** Share of the warm items that early stopping watches (`outerValid`). */
const VALID = 0.1;

export interface ItemSplit {
  /** Items to learn from, and items to stop by; neither is asked about in the end. */
  readonly taught: Int32Array;
  readonly valid: Int32Array;
  readonly question: ColdQuestion;
}

/** Items without text are neither. */
export function splitItems(dataset: Dataset, options: { seed: number; people: number }): ItemSplit {
  const question = coldQuestion(dataset, options);
  const texts = itemTexts(dataset.items);
  const counts = itemCounts(question.protocol.train.interactions, texts.length);
  const warm = Int32Array.from(counts.keys()).filter((item) => counts[item]! > 0 && texts[item] !== "");
  const order = Int32Array.from(createRng(options.seed).split("fine-tune items").shuffle(warm));
  const cut = Math.max(1, Math.round(VALID * order.length));
  return { taught: order.slice(cut).sort(), valid: order.slice(0, cut).sort(), question };
}

/** Tokens of all items' texts, padded to one length. */
export function itemTokens({ tokenizer }: Checkpoint, texts: readonly string[], most: number): ItemTokens {
  const lists = texts.map(openTokenizer(tokenizer, most));
  const length = lists.reduce((longest, { length }) => Math.max(longest, length), 1);
  const out = {
    length,
    ids: new Int32Array(texts.length * length),
    mask: new Float32Array(texts.length * length),
  };
  for (const [row, list] of lists.entries()) {
    out.ids.set(list, row * length);
    out.mask.fill(1, row * length, row * length + list.length);
  }
  return out;
}

/** The base's own vectors of the items, and what the head is told of the world. */
export async function describeWorld(
  checkpoint: Checkpoint,
  dataset: Dataset,
  { taught, maxTokens, threads }: { taught: Int32Array; maxTokens: number; threads: number },
  ctx: RunContext,
): Promise<{ vectors: Matrix; world: ContentWorld }> {
  const encoder = transformerEncoder(checkpoint, { name: "vectors of the base", maxTokens, threads });
  const vectors = await encoder.embed(itemTexts(dataset.items), ctx);
  await encoder.release();
  const levels = Float32Array.from(new Set(dataset.interactions.value)).sort();
  const standard = standardOf(vectors, taught);
  return { vectors, world: { levels, liked: dataset.scale.liked, known: taught, standard } };
}

/** How these rows' vectors are brought to mean zero and a mean squared length of one. */
export function standardOf({ data, width }: Matrix, rows: Int32Array): ContentWorld["standard"] {
  const mean = new Float32Array(width);
  for (const row of rows) for (let j = 0; j < width; j++) mean[j]! += data[row * width + j]! / rows.length;
  let squares = 0;
  for (const row of rows)
    for (let j = 0; j < width; j++) squares += (data[row * width + j]! - mean[j]!) ** 2 / rows.length;
  return { mean, scale: squares > 0 ? 1 / Math.sqrt(squares) : 1 };
}
