/** Pieces of words with the logarithm of their probability, by token number; the first ones are no pieces of text. */
export type Vocabulary = readonly (readonly [piece: string, score: number])[];

/** The unknown token, and how many tokens stand for no piece of text. */
const unknown = 0;
const reserved = 6;

interface Node {
  readonly next: Map<string, Node>;
  /** Of the piece that ends here. */
  token?: number;
}

/** A text's best way into pieces, from left to right: of what ends at a place, the last piece and the sum of scores. */
interface Path {
  readonly score: Float64Array;
  readonly token: Int32Array;
  /** Where the last piece starts. */
  readonly from: Int32Array;
}

/**
 * Unigram tokenisation as the published encoder does it: Unicode NFKC, "▁" before the text and for each space, then the
 * segmentation with the largest sum of scores (Kudo 2018, section 3.2); equal ones prefer the shorter last piece. A
 * character of no piece is unknown, at no cost, and several in a row are one token.
 *
 * @example const tokenise = unigramTokens(vocabulary); tokenise("films"); // [[...]]
 */
export function unigramTokens(vocabulary: Vocabulary): (text: string) => number[] {
  const root = prefixTree(vocabulary);
  const scores = Float64Array.from(vocabulary, ([, score]) => score);
  return (text) => {
    const normal = text.normalize("NFKC");
    if (normal === "") return [];
    const symbols = Array.from(`▁${normal.replaceAll(" ", "▁")}`);
    return withoutRepeatedUnknowns(backwards(bestPath(symbols, root, scores)));
  };
}

function prefixTree(vocabulary: Vocabulary): Node {
  const root: Node = { next: new Map() };
  vocabulary.forEach(([piece], token) => {
    if (token < reserved) return;
    let node = root;
    for (const symbol of piece) {
      const child = node.next.get(symbol) ?? { next: new Map() };
      node.next.set(symbol, child);
      node = child;
    }
    node.token = token;
  });
  return root;
}

/** Places are numbers of symbols before them; each is reached, for a symbol that starts no piece is one by itself. */
function bestPath(symbols: readonly string[], root: Node, scores: Float64Array): Path {
  const places = symbols.length + 1;
  const path: Path = {
    score: new Float64Array(places).fill(-Infinity),
    token: new Int32Array(places),
    from: new Int32Array(places),
  };
  path.score[0] = 0;
  for (let at = 0; at < symbols.length; at++) {
    const tokens = tokensFrom(symbols, at, root);
    for (const last of tokens) reach(path, at, last, scores[last[1]]!);
    if (tokens.length === 0) reach(path, at, [at + 1, unknown], 0);
  }
  return path;
}

/** Pieces that start at a place, shortest first: where they end, and their token. */
function tokensFrom(symbols: readonly string[], at: number, root: Node): [end: number, token: number][] {
  const found: [number, number][] = [];
  let node = root.next.get(symbols[at]!);
  for (let end = at + 1; node !== undefined; end++) {
    if (node.token !== undefined) found.push([end, node.token]);
    node = node.next.get(symbols[end] ?? "");
  }
  return found;
}

/** Keeps the better way to `end`; of equal ones the later, whose last piece is shorter. */
function reach(
  { score, token, from }: Path,
  at: number,
  [end, piece]: readonly [number, number],
  gain: number,
): void {
  if (score[at]! + gain < score[end]!) return;
  score[end] = score[at]! + gain;
  token[end] = piece;
  from[end] = at;
}

function backwards({ token, from }: Path): number[] {
  const tokens: number[] = [];
  for (let at = token.length - 1; at > 0; at = from[at]!) tokens.push(token[at]!);
  return tokens.reverse();
}

function withoutRepeatedUnknowns(tokens: readonly number[]): number[] {
  return tokens.filter((token, i) => token !== unknown || tokens[i - 1] !== unknown);
}
