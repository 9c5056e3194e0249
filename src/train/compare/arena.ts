import type { RunContext } from "../../base/progress.ts";
import type { PairProtocol } from "../../evaluate/protocols/pair-protocol.ts";
import type { Protocol } from "../../evaluate/protocols/protocol.ts";
import type { ProtocolData } from "../../evaluate/protocols/protocols.ts";
import type { DataConfig } from "../config.ts";
import type { Purpose } from "../systems.ts";

/** A protocol with its data still to be read: plain data that a worker process can be given. */
export interface ArenaRequest {
  /** Name of a row of `arenas.ts`. */
  readonly protocol: string;
  readonly data: DataConfig;
  /** Random choices of who, or what, is asked about. */
  readonly draws: number;
  readonly seed: number;
  /** Support sizes; the protocol's own unless told. */
  readonly shots?: readonly (number | "all")[];
  /** Attribute of the items that tells domains apart, for protocols whose tasks are domains. */
  readonly by?: string;
}

/** Cases to be answered, with what may be learned from: lists of items for people, or pairs of one item and people. */
export type Asked =
  | { readonly kind: "rankings"; readonly protocol: Protocol }
  | { readonly kind: "pairs"; readonly protocol: PairProtocol };

/** A protocol with its data. */
export interface World {
  readonly dataset: {
    readonly name: string;
    readonly synthetic: boolean;
    /** Of training and test events alike. */
    readonly hash: string;
  };
  /** How many training sets there are; systems are fitted to each. */
  readonly parts: number;
  part(index: number): Asked;
  /**
   * The same protocol made of the training data of a part alone: its cold people and items are training ones set aside
   * (`outerValid`), so that whoever chooses by it has not looked at a test case.
   */
  inner(index: number): Asked;
}

/** One way to judge systems, for `compare` and `tune`. */
export interface Arena {
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly kind: Asked["kind"];
  /** What a task is: most often a person. */
  readonly about?: "item" | "domain";
  /** What it is made of; events unless told. */
  readonly data?: ProtocolData["kind"];
  /** Known data sets it is meant for; the first unless told. */
  readonly datasets: readonly string[];
  /** Random choices unless told. */
  readonly draws: number;
  readonly purpose: Purpose;
  /** Names of metrics; the first is what systems are ordered and tuned by. */
  readonly metrics: readonly string[];
  /** Names of metrics that say more of the same answers. */
  readonly more: readonly string[];
  /** @throws as reading and splitting do */
  open(request: ArenaRequest, context: RunContext): Promise<World>;
}
