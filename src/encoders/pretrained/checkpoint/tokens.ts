import { Tokenizer } from "@huggingface/tokenizers";
import { ForetasteError } from "../../../base/errors.ts";
import type { TokenizerFiles } from "./files.ts";

/** A text as the numbers of its tokens, special ones included, at least one and at most as many as asked for. */
export type Tokenise = (text: string) => readonly number[];

/**
 * Opens a tokenizer of Hugging Face's `tokenizer.json`. What is too long loses tokens at its end, but not the special
 * ones; a text without any token becomes the end-of-text token.
 *
 * @param maxTokens most tokens of a text
 * @throws ARTEFACT when the tokenizer is of a kind that is not known
 * @example openTokenizer(checkpoint.tokenizer, 256)("Two friends."); // [101, 2048, 2814, 1012, 102]
 */
export function openTokenizer(files: TokenizerFiles, maxTokens: number): Tokenise {
  const tokenizer = construct(files);
  const encode = (text: string, special: boolean): number[] =>
    tokenizer.encode(text, { add_special_tokens: special }).ids;
  const { before, after } = specialsOf(encode);
  const nothing = [endOfText(tokenizer, files)];
  return (text) => {
    const ids = encode(text, true);
    if (ids.length <= maxTokens) return ids.length === 0 ? nothing : ids;
    const room = maxTokens - before.length - after.length;
    return [...ids.slice(0, before.length + room), ...after];
  };
}

/**
 * A tokenizer of single words, without special tokens; what it has seen it knows. Words are what whitespace separates.
 *
 * @example openWordTokenizer(checkpoint.tokenizer)("Two friends."); // [2048, 2814, 1012]
 */
export function openWordTokenizer(files: TokenizerFiles): Tokenise {
  const tokenizer = construct(files);
  const known = new Map<string, readonly number[]>();
  const wordIds = (word: string): readonly number[] => {
    const found = known.get(word);
    if (found !== undefined) return found;
    const { ids } = tokenizer.encode(word, { add_special_tokens: false });
    if (known.size >= KNOWN_WORDS) known.clear();
    known.set(word, ids);
    return ids;
  };
  return (text) => text.split(/\s+/u).flatMap((word) => (word === "" ? [] : wordIds(word)));
}

/** Words that are remembered at a time. */
const KNOWN_WORDS = 200_000;

/** What is used of the package: its own types import without file endings, which Node's resolution does not see through. */
interface Opened {
  encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: number[] };
  token_to_id(token: string): number | undefined;
}

function construct({ tokenizer, settings }: TokenizerFiles): Opened {
  const Kind = Tokenizer as unknown as new (tokenizer: object, settings: object) => Opened;
  try {
    return new Kind(tokenizer, settings);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    const expected = "a tokenizer of a known kind";
    throw new ForetasteError("ARTEFACT", { where: "tokenizer.json", expected, got, cause });
  }
}

/** The tokens around a text, found by tokenising one with and without them. */
function specialsOf(encode: (text: string, special: boolean) => number[]): {
  before: number[];
  after: number[];
} {
  const [plain, all] = [encode("a", false), encode("a", true)];
  const start = all.findIndex((_, i) => plain.every((id, j) => all[i + j] === id));
  return { before: all.slice(0, start), after: all.slice(start + plain.length) };
}

function endOfText(tokenizer: Opened, { settings }: TokenizerFiles): number {
  const { eos_token: end } = settings as { eos_token?: unknown };
  return typeof end === "string" ? (tokenizer.token_to_id(end) ?? 0) : 0;
}
