import type { Catalogue } from "../../encoders/catalogue.ts";
import type { State as OptimiserState } from "../../optim/index.ts";
import type { OneClass, OneClassFitted, OneClassPrior } from "../bayes/one-class-types.ts";
import type { Learner } from "../learner.ts";
import type { HostParams } from "../params.ts";

/** Which half of a joint run a task, or a part of the prior, belongs to. */
export type Side = "source" | "target";

/** One domain of a joint run; both catalogues share one encoder, so that tokens mean the same. */
export interface Domain {
  readonly learner: OneClass;
  readonly catalogue: Catalogue;
  /** What its part of the prior starts as. */
  readonly start: OneClassPrior;
}

/** How the gradients of domains make one step. */
export type Combining =
  /** Added up. */
  | "sum"
  /** Conflicts taken out (PCGrad, Yu et al. 2020). */
  | "project"
  /**
   * Domain as task (MLDG, Li et al. 2018, first order): one domain is held out, and its gradient is taken where a step
   * on the others would lead, so that what is learned must help in a domain it was not learned from.
   */
  | "hold out";

export interface JointConfig {
  /** The trunk (embeddings of content) with heads of their own, or popularity and taste as well. */
  readonly shared: "trunk" | "network";
  readonly combining: Combining;
  /** Strength of the reversed gradient of a classifier of domains; 0 for none. */
  readonly adversary: number;
  /** What the source's loss counts, where the target's counts 1. */
  readonly sourceWeight: number;
  readonly learningRate: number;
  /** Steps the learning rate decays over. */
  readonly steps: number;
  readonly clipNorm: number;
}

export const defaultJointConfig: JointConfig = {
  shared: "trunk",
  combining: "sum",
  adversary: 0,
  sourceWeight: 0.5,
  learningRate: 3e-3,
  steps: 200,
  clipNorm: 5,
};

/** Named arrays, or trees of them. */
export type Part = Readonly<Record<string, Float32Array | HostParams>>;

/** Trees of one shape a run: what both sides share, and what is each side's own. */
export interface JointPrior {
  readonly [key: string]: Part;
  /** `content`, the embeddings of tokens, and with a shared network `trend` and `taste`. */
  readonly shared: Part & { readonly content: Float32Array };
  readonly source: Part;
  readonly target: Part;
  /** Of the classifier of domains; empty without one. */
  readonly adversary: Readonly<Record<string, Float32Array>>;
}

export interface JointState {
  readonly prior: JointPrior;
  readonly optimiser: OptimiserState;
}

/** Learns from tasks of both domains (`Task.domain`: 0 the target, others the source's), serves the target. */
export interface Joint extends Learner<JointPrior, OneClassFitted, JointState> {
  /** One domain's part of the prior, for its own learner. */
  priorOf(prior: JointPrior, side: Side): OneClassPrior;
}
