/** Which share each token has in each text, `s_it = w_t / sum w`: a sparse matrix `S`, `[texts, tokens]`. */
export interface Shares {
  readonly tokens: readonly (readonly number[])[];
  /** Of tokens, above zero. */
  readonly weights: Float32Array;
  /** Of the rows that it is multiplied with. */
  readonly width: number;
}

/** Adds `S table` to `out`. `[tokens, width] -> [texts, width]` */
export function gather(shares: Shares, table: Float32Array, out: Float32Array): void {
  const { width } = shares;
  walk(shares, (text, token, share) => {
    for (let j = 0; j < width; j++) out[text * width + j]! += share * table[token * width + j]!;
  });
}

/** Adds `S^T rows` to `out`. `[texts, width] -> [tokens, width]` */
export function spread(shares: Shares, rows: Float32Array, out: Float32Array): void {
  const { width } = shares;
  walk(shares, (text, token, share) => {
    for (let j = 0; j < width; j++) out[token * width + j]! += share * rows[text * width + j]!;
  });
}

type Visit = (text: number, token: number, share: number) => void;

function walk({ tokens, weights }: Shares, visit: Visit): void {
  tokens.forEach((ofText, text) => {
    const total = ofText.reduce((sum, token) => sum + weights[token]!, 0);
    for (const token of ofText) visit(text, token, weights[token]! / total);
  });
}

/** Takes the mean of the rows from each, in place, and returns it. `[width]` */
export function centre(rows: Float32Array, width: number): Float32Array {
  const count = rows.length / width;
  const mean = new Float64Array(width);
  for (let i = 0; i < rows.length; i++) mean[i % width]! += rows[i]! / count;
  for (let i = 0; i < rows.length; i++) rows[i]! -= mean[i % width]!;
  return Float32Array.from(mean);
}
