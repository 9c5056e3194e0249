import { hashJson } from "../../base/hash.ts";
import type { Settings } from "../../base/settings.ts";
import type { Evaluation } from "../../evaluate/evaluate.ts";
import type { PairEvaluation } from "../../evaluate/protocols/pairs.ts";
import type { ArenaRequest } from "./arena.ts";

/** One thing to compute: a system with its settings on one part of a protocol. Plain data. */
export interface CellSpec {
  readonly system: string;
  /** Where they are not the system's defaults. */
  readonly settings: Settings;
  readonly arena: ArenaRequest;
  readonly part: number;
  /** Whose cases: the protocol's own, or those made of its training data alone. */
  readonly stream: "test" | "outerValid";
  /** Share of the training people to learn from. */
  readonly people: number;
  /** Of the fit. */
  readonly seed: number;
}

/** A system's answers, named after it. */
export type Answers =
  | {
      readonly kind: "rankings";
      readonly evaluation: Evaluation;
      /** Support events of every case, a list a group in the order of the evaluation. */
      readonly support: readonly Int32Array[];
    }
  | { readonly kind: "pairs"; readonly evaluation: PairEvaluation };

/** What came of it. */
export interface CellResult {
  readonly answers: Answers;
  readonly trainSeconds: number;
  readonly evaluateSeconds: number;
  /** Most memory the process held, reading the data included. */
  readonly peakMb: number;
}

/** What decides a cell besides its spec. */
export interface CellWorld {
  readonly dataHash: string;
  /** Every setting of the system with its default: other defaults make another cell. */
  readonly defaults: Settings;
}

/** Content hash of a cell without the version of the code. Where the data lies on disk is no part of it. */
export function cellKey({ arena, ...spec }: CellSpec, { dataHash, defaults }: CellWorld): string {
  const { data: _, ...request } = arena;
  const settings = { ...defaults, ...spec.settings };
  return hashJson({ ...spec, request, settings, dataHash }).slice(0, 24);
}
