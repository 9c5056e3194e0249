import { check } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { JoinedDomains } from "../../data/join/join.ts";
import type { Ranker } from "../../data/query.ts";
import { partitionRows } from "../../data/splits/interactions.ts";
import { type TrainingDataset, withTraining } from "../../data/splits/training.ts";
import { type Evaluation, evaluateRanker } from "../../evaluate/evaluate.ts";
import { ndcgBinary } from "../../evaluate/metrics/ndcg.ts";
import { generic } from "../../evaluate/protocols/generic.ts";
import { peopleOf, shotGroups } from "../../evaluate/protocols/people.ts";
import type { Case, Protocol } from "../../evaluate/protocols/protocol.ts";
import { systemNamed } from "../systems.ts";
import type { TransferFit } from "./fit.ts";
import { strategyNamed } from "./strategies.ts";
import type { StrategyRequest } from "./strategy.ts";

/** One system at one share of the target's people in one draw. */
export interface TransferAnswer {
  /** On the cold people of the target. */
  readonly test: Evaluation;
  /** On people held out from the target's training: what the guard looks at. */
  readonly held: Evaluation;
  readonly seconds: number;
}

/** One system at one share in one draw, as it is kept. */
export interface TransferCell extends TransferAnswer {
  readonly system: string;
  readonly share: number;
  readonly draw: number;
  readonly code: string;
  readonly date: string;
}

export interface Question {
  readonly joined: JoinedDomains;
  /** Name of a strategy, or of a system that knows the target alone. */
  readonly system: string;
  readonly draw: number;
  /** Share of the training people of the target that may be learned from. */
  readonly share: number;
  /** Cold people who are asked at most, a draw. */
  readonly people: number;
}

export const transferMetric = "ndcg_binary@10";
const SHOTS = [0, 1, 3, 5, 10];

/**
 * Fits a system on a share of the target's people, and judges it on cold people; before that on people held out from
 * that share, for the guard. With many people (2,000 and more) the fit that the guard has judged is the one that is used.
 */
export async function answerQuestion(
  question: Question,
  fit: TransferFit & Pick<StrategyRequest, "remember"> & { readonly seconds: () => number },
): Promise<TransferAnswer> {
  const started = fit.seconds();
  const { joined, system, draw, share } = question;
  const seed = fit.seed + draw;
  const protocol = fewerCases(generic(joined.target, { seed, draw, shots: SHOTS }), question.people, seed);
  const target = shareOfPeople(protocol.train, share, seed);
  const inner = heldOutPeople(joined.target, target, seed);
  const fitOn = (train: TrainingDataset): Promise<Ranker> =>
    fitSystem(system, { ...fit, seed, joined, target: train });
  const asked = (one: Protocol): Protocol =>
    strategyNamed(system)?.asksWho === true ? withPeople(one, joined.target) : one;
  const first = await fitOn(inner.train);
  const judge = { metrics: [ndcgBinary(10)], seed, context: fit.context };
  const held = await evaluateRanker({ ...first, name: system }, asked(inner), judge);
  const final = target.warmUsers.length >= LARGE ? first : await fitOn(target);
  const test = await evaluateRanker({ ...final, name: system }, asked(protocol), judge);
  return { test, held, seconds: fit.seconds() - started };
}

/** People from which on the held-out ones are not missed. */
const LARGE = 2000;

async function fitSystem(name: string, request: StrategyRequest): Promise<Ranker> {
  const strategy = strategyNamed(name);
  if (strategy !== undefined) return strategy.fit(request);
  const { seed, context, target } = request;
  const fitted = await systemNamed(name).fit(target, { purpose: "full", seed, validFraction: 0.1, context });
  return fitted.ranker;
}

/** The training data of a seeded share of its people; smaller shares are part of larger ones. */
export function shareOfPeople(train: TrainingDataset, share: number, seed: number): TrainingDataset {
  if (share >= 1) return train;
  const count = Math.round(share * train.warmUsers.length);
  check(count >= 10, "CONFIG", () => ({
    where: `${share} of ${train.name}`,
    expected: "a share that leaves ten people of the target or more",
    got: `${count} of ${train.warmUsers.length}`,
    hint: "Say larger ones: --shares 0.2,1.",
  }));
  const kept = new Set(createRng(seed).split("share").shuffle(train.warmUsers).slice(0, count));
  return keepUsers(train, (user) => kept.has(user)).kept;
}

function keepUsers(
  train: TrainingDataset,
  wanted: (user: number) => boolean,
): { readonly kept: TrainingDataset; readonly rest: TrainingDataset } {
  const { interactions } = train;
  const { kept, rest } = partitionRows(interactions, (row) => wanted(interactions.user[row]!));
  return { kept: withTraining(train, kept), rest: withTraining(train, rest) };
}

/** Half of very few people, a third of few; 500 at most. */
function heldOutPeople(dataset: Dataset, train: TrainingDataset, seed: number): Protocol {
  const people = train.warmUsers.length;
  const count = Math.min(500, Math.round(people / (people < 300 ? 2 : 3)));
  const held = new Set(createRng(seed).split("guard").shuffle(train.warmUsers).slice(0, count));
  const { kept, rest } = keepUsers(train, (user) => held.has(user));
  const timed = train.interactions.time !== undefined;
  const rows = Int32Array.from(held).sort();
  const order = timed ? {} : { seed: `${seed}/guard` };
  const asked = peopleOf(dataset, { heldOut: kept.interactions, rows, ...order });
  const groups = shotGroups(asked, {
    shots: SHOTS,
    // Whatever the target has: somebody with few events does not know what will be liked.
    candidates: Int32Array.from(dataset.items.ids.keys()),
    liked: dataset.scale.liked,
    support: "candidates",
    draw: 0,
  });
  return { name: "guard", candidates: "full", scale: dataset.scale, train: rest, groups };
}

/** The same questions with who asks, for strategies that look up what the person did in the source. */
function withPeople(protocol: Protocol, { users }: Dataset): Protocol {
  const rows = new Map(users.ids.map((id, row) => [id, row]));
  const named = ({ id, query, ...rest }: Case): Case => ({
    id,
    query: { ...query, ...(rows.has(id) && { user: rows.get(id)! }) },
    ...rest,
  });
  return { ...protocol, groups: protocol.groups.map((one) => ({ ...one, cases: one.cases.map(named) })) };
}

/** The cases of a seeded sample of people. */
function fewerCases(protocol: Protocol, people: number, seed: number): Protocol {
  const ids = [...new Set(protocol.groups.flatMap(({ cases }) => cases.map(({ id }) => id)))];
  if (ids.length <= people) return protocol;
  const kept = new Set(createRng(seed).split("fewer cases").sample(ids, people));
  const groups = protocol.groups.map((group) => ({
    ...group,
    cases: group.cases.filter(({ id }) => kept.has(id)),
  }));
  return { ...protocol, groups };
}
