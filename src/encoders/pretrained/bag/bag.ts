import type { RunContext } from "../../../base/progress.ts";
import { checkStop } from "../../../base/stop.ts";
import { type Int8Matrix, roundChannels } from "../../../tensor/index.ts";
import type { TokenizerFiles } from "../checkpoint/files.ts";
import { openWordTokenizer } from "../checkpoint/tokens.ts";
import type { TextEncoder } from "../text-encoder.ts";

/**
 * A learned subword bag: a vector and a weight for each token, and nothing that looks at their order. A text's vector is
 * `u / |u|`, `u = sum_t w_t e_t / sum_t w_t + b` over its tokens.
 *
 * (Static embeddings as Arora et al. 2017; distilled from an encoder)
 */
export interface SubwordBag {
  readonly width: number;
  /** `[tokens, width]` */
  readonly table: Float32Array;
  /** How much each token counts, above zero. `[tokens]` */
  readonly weights: Float32Array;
  /** `[width]` */
  readonly bias: Float32Array;
}

/** The bag with its table in 8 bits, a scale for each token, as it is kept. */
export interface StoredBag extends Omit<SubwordBag, "table"> {
  readonly table: Int8Matrix;
  readonly tokenizer: TokenizerFiles;
  /** SHA-256 over all of it. */
  readonly hash: string;
}

export function roundBag({ table, width }: SubwordBag): Int8Matrix {
  return roundChannels(table, [table.length / width, width], 0);
}

/** Texts between two looks at whether to stop. */
const TEXTS_AT_ONCE = 256;

/** A stored bag as a text encoder: word by word, on the thread that calls. */
export function bagEncoder(bag: StoredBag, name: string): TextEncoder {
  const { width, hash } = bag;
  const tokenise = openWordTokenizer(bag.tokenizer);
  return {
    name,
    hash,
    width,
    async embed(texts, ctx: RunContext) {
      const data = new Float32Array(texts.length * width);
      const report = ctx.progress.start(name, texts.length);
      for (const [i, text] of texts.entries()) {
        if (i % TEXTS_AT_ONCE === 0) {
          await new Promise((resolve) => setImmediate(resolve));
          checkStop(ctx, `encoder ${name}`, { done: i, of: texts.length, what: "texts" });
          report.update(i);
        }
        embedInto(bag, tokenise(text), data.subarray(i * width, (i + 1) * width));
      }
      report.finish();
      return { data, width };
    },
    async release() {},
  };
}

/** A text without tokens is its bias. */
function embedInto({ table, weights, bias }: StoredBag, tokens: readonly number[], out: Float32Array): void {
  const width = out.length;
  let total = 0;
  for (const token of tokens) {
    const weight = weights[token]!;
    const share = weight * table.scales[token]!;
    const from = token * width;
    total += weight;
    for (let j = 0; j < width; j++) out[j]! += share * table.values[from + j]!;
  }
  let squares = 0;
  for (let j = 0; j < width; j++) {
    out[j] = (total > 0 ? out[j]! / total : 0) + bias[j]!;
    squares += out[j]! ** 2;
  }
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  for (let j = 0; j < width; j++) out[j]! *= scale;
}
