import type { RunContext } from "../../base/progress.ts";
import type { Matrix } from "../bags.ts";

/**
 * The port of everything that turns text into vectors, whoever trained it. One contract suite for all adapters
 * (`testing/text-encoder-contract.ts`).
 */
export interface TextEncoder {
  /** How a person calls it, such as "use-lite" or "all-MiniLM-L6-v2". */
  readonly name: string;
  /** SHA-256 over all that decides the vectors (weights, tokens, pooling): the key of caches and of lineage. */
  readonly hash: string;
  readonly width: number;
  /**
   * One row a text, in their order, the same for a text alone or among others. `[texts.length, width]`
   *
   * @throws CANCELLED when `ctx.signal` says so
   */
  embed(texts: readonly string[], ctx: RunContext): Promise<Matrix>;
  /** Ends sessions and threads. */
  release(): Promise<void>;
}
