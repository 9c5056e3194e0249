import { beforeAll, describe, expect, test } from "vitest";
import { linearTaste } from "../../../testing/worlds/linear-taste.ts";
import { solveSpdInPlace } from "../../base/cholesky.ts";
import { createRng } from "../../base/rng.ts";
import { emptyHistory } from "../../data/query.ts";
import { withTraining } from "../../data/splits/training.ts";
import { fitRatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import { userTasks } from "../../tasks/users.ts";
import type { LikingHead } from "./bayes-head.ts";
import { type Elicitation, elicitation, questionRules } from "./elicit.ts";
import {
  afterAnswer,
  type GainItems,
  informationGain,
  keptByRounding,
  uncertaintyOf,
  varianceGain,
} from "./elicit-gain.ts";
import { interview, type Respondent } from "./elicit-simulate.ts";
import { ratingsBayes } from "./ratings.ts";
import type { RatingsPrior } from "./ratings-types.ts";

describe("gains", () => {
  const [n, d] = [6, 3];
  const rng = createRng(5);
  const draw = (size: number): Float32Array => Float32Array.from({ length: size }, () => rng.normal());
  const items: GainItems = {
    phi: draw(n * d),
    size: d,
    noise: Float32Array.of(0.3, 1, 0.5, 2, 0.7, 0.1),
    weight: Float32Array.of(0.1, 0.3, 0.2, 0.15, 0.2, 0.05),
  };
  /** Inverse of `diag(1, .5, 2)` plus the given items' evidence, by Cholesky. */
  const covarianceAfter = (asked: readonly number[]): number[] => {
    const p = Float64Array.of(1, 0, 0, 0, 0.5, 0, 0, 0, 2);
    for (const a of asked)
      for (let i = 0; i < d; i++)
        for (let j = 0; j < d; j++)
          p[i * d + j]! += (items.phi[a * d + i]! * items.phi[a * d + j]!) / items.noise[a]!;
    return [0, 1, 2].flatMap((k) => {
      const x = Float64Array.from([0, 1, 2], (j) => Number(j === k));
      solveSpdInPlace(p.slice(), x);
      return [...x];
    });
  };
  const weightedVariance = (covariance: readonly number[]): number =>
    items.weight.reduce((sum, w, t) => {
      let q = 0;
      for (let i = 0; i < d; i++)
        for (let j = 0; j < d; j++)
          q += items.phi[t * d + i]! * covariance[i * d + j]! * items.phi[t * d + j]!;
      return sum + w * q;
    }, 0);

  test("the fall of the weighted variance is what an answer really does", () => {
    const state = uncertaintyOf(items, covarianceAfter([2]));
    for (let item = 0; item < n; item++) {
      const fall = weightedVariance(covarianceAfter([2])) - weightedVariance(covarianceAfter([2, item]));
      expect(varianceGain(items, state, item)).toBeCloseTo(fall, 6);
    }
  });

  test("information is half the log of how much the covariance shrinks", () => {
    const det = ([a, b, c, e, f, g, h, i, j]: readonly number[]): number =>
      a! * (f! * j! - g! * i!) - b! * (e! * j! - g! * h!) + c! * (e! * i! - f! * h!);
    const state = uncertaintyOf(items, covarianceAfter([]));
    for (let item = 0; item < n; item++) {
      const ratio = det(covarianceAfter([])) / det(covarianceAfter([item]));
      expect(informationGain(items, state, item)).toBeCloseTo(0.5 * Math.log(ratio), 6);
    }
  });

  test("answers one after the other give what all at once give", () => {
    let state = uncertaintyOf(items, covarianceAfter([]));
    for (const item of [4, 1, 4]) state = afterAnswer(items, state, item);
    const whole = uncertaintyOf(items, covarianceAfter([4, 1, 4]));
    for (const part of ["covariance", "variance", "reach"] as const)
      expect([...state[part]]).toEqual([...whole[part]].map((x) => expect.closeTo(x, 6)));
  });
});

describe("rounding", () => {
  const levels = [1, 2, 3, 4, 5];
  const below = (y: number, mean: number, width: number): number => 1 / (1 + Math.exp((mean - y) / width));
  const probabilities = (mean: number, width: number, bounds: readonly number[]): number[] => {
    const at = [0, ...bounds.map((bound) => below(bound, mean, width)), 1];
    return at.slice(1).map((p, c) => p - at[c]!);
  };
  const bounds = [-1.5, -0.5, 0.5, 1.5];

  test.each([
    [0, 0.5],
    [0.7, 0.3],
    [1.6, 0.4],
    [-2, 0.6],
  ])(
    "centre %f, width %f: the squared correlation of a logistic value and its level, by a grid",
    (mean, width) => {
      const step = 0.001;
      let [n, y1, y2, r1, r2, yr] = [0, 0, 0, 0, 0, 0];
      for (let y = mean - 15; y < mean + 15; y += step) {
        const weight = below(y + step / 2, mean, width) - below(y - step / 2, mean, width);
        const r = levels[bounds.filter((bound) => y > bound).length]!;
        n += weight;
        y1 += weight * y;
        y2 += weight * y * y;
        r1 += weight * r;
        r2 += weight * r * r;
        yr += weight * y * r;
      }
      const covariance = yr / n - (y1 / n) * (r1 / n);
      const exact = covariance ** 2 / ((y2 / n - (y1 / n) ** 2) * (r2 / n - (r1 / n) ** 2));
      expect(keptByRounding(probabilities(mean, width, bounds), levels)).toBeCloseTo(exact, 3);
    },
  );

  test("an answer that is the highest level anyhow tells little, one on a fine scale nearly all", () => {
    expect(keptByRounding(probabilities(4.5, 0.5, bounds), levels)).toBeLessThan(0.1);
    const fine = Array.from({ length: 100 }, (_, i) => -5 + 0.1 * i);
    const all = Array.from({ length: 101 }, (_, i) => -5.05 + 0.1 * i);
    expect(keptByRounding(probabilities(0, 0.5, fine), all)).toBeGreaterThan(0.99);
    expect(keptByRounding([0, 0, 0, 0, 1], levels)).toBe(0);
  });
});

const world = linearTaste({ users: 120, items: 60, events: 30, noise: 0.1, width: 3 });
let head: LikingHead | undefined;
let elicit: Elicitation | undefined;
const learner = (): ReturnType<typeof ratingsBayes> =>
  ratingsBayes(head!.knowledge, head!.users, head!.config);

beforeAll(async () => {
  const knowledge = await fitRatingsKnowledge(withTraining(world, world.interactions));
  const config = {
    contentSize: 2,
    batchTasks: 16,
    maxShots: 16,
    maxQuery: 8,
    steps: 60,
    learningRate: 0.01,
    threads: 1,
  };
  const made = ratingsBayes(knowledge, world.users, { ...config, coldTasks: 0.1 });
  const tasks = userTasks(world, { order: "random", query: "all", shots: [1, 3, 8, 16], maxQuery: 8 });
  let state = made.init(createRng(1));
  for (let step = 0; step < 60; step++) {
    const rng = createRng(step);
    const people = Int32Array.from(rng.sample(tasks.users, 16));
    [state] = await made.metaStep(state, tasks.sample(people, rng).map(tasks.build), rng);
  }
  head = { knowledge, users: world.users, config, prior: made.prior(state) };
  elicit = elicitation(head);
}, 60_000);

test("the worth of a question is what rounding leaves of the fall of variance that the learner shows", async () => {
  const { counts } = head!.knowledge.means;
  const total = counts.reduce((a, b) => a + b, 0);
  const everything = Int32Array.from(counts.keys());
  const spreadAfter = async (items: Int32Array): Promise<number> => {
    const [fitted] = await learner().adapt(head!.prior, {
      history: { items, values: new Float32Array(items.length).fill(5) },
    });
    const { variance } = await learner().predict(head!.prior, fitted, everything);
    return variance.reduce((sum, v, i) => sum + ((counts[i]! / total) * v) / fitted.scale[0]!, 0);
  };
  const [first, second] = await elicit!.questions({ history: emptyHistory }, { n: 60 });
  const before = await spreadAfter(new Int32Array(0));
  const fall = before - (await spreadAfter(Int32Array.of(first!.item)));
  const { deviation } = head!.knowledge.means;
  const chance = head!.knowledge.familiarity!.share[first!.item]!;
  const left = ((first!.worth / chance) * deviation ** 2) / fall;
  expect(left).toBeGreaterThan(0.5);
  expect(left).toBeLessThan(1);
  expect(first!.item).not.toBe(second!.item);
});

test("who does not know one kind of items is asked about the other; a model from before asks by popularity", async () => {
  const rng = createRng(5).split("kinds");
  const events = Array.from({ length: 120 * 60 }, (_, k) => [Math.floor(k / 60), k % 60] as const).filter(
    ([u, i]) => rng.next() < (u % 2 === i % 2 ? 0.6 : 0.05) * (i < 30 ? 1 : 0.6),
  );
  const interactions = {
    user: Int32Array.from(events, ([u]) => u),
    item: Int32Array.from(events, ([, i]) => i),
    value: Float32Array.from(events, ([u, i]) => world.expected(u, i)),
  };
  const knowledge = await fitRatingsKnowledge(withTraining(world, interactions));
  const [options, nobody] = [{ rule: "chance", n: 5 } as const, { history: emptyHistory }];
  const knowing = elicitation({ ...head!, knowledge });
  const unanswered = [0, 2, 4];
  for (const { item } of await knowing.questions(nobody, { ...options, unanswered }))
    expect(item % 2).toBe(1);
  const known = { history: { items: Int32Array.from(unanswered), values: new Float32Array(3).fill(5) } };
  for (const { item } of await knowing.questions(known, options)) expect(item % 2).toBe(0);
  const { familiarity: _, ...before } = knowledge;
  const popular = await knowing.questions(nobody, { ...options, rule: "popularity" });
  const asked = await elicitation({ ...head!, knowledge: before }).questions(nobody, options);
  expect(asked).toEqual(popular);
});

test("who can answer everything is asked what tells most, whoever else knows it", async () => {
  const everything = Int32Array.from(world.items.ids.keys());
  const found = await elicit!.questions(
    { history: emptyHistory },
    { askable: everything, certain: true, n: 1 },
  );
  const left = async (item: number): Promise<number> => {
    const history = { items: Int32Array.of(item), values: Float32Array.of(5) };
    const [after] = await learner().adapt(head!.prior, { history });
    const { variance } = await learner().predict(head!.prior, after, everything);
    const { counts } = head!.knowledge.means;
    return variance.reduce((sum, v, i) => sum + (counts[i]! * v) / after.scale[0]!, 0);
  };
  const all = await Promise.all(Array.from(everything, left));
  expect(found[0]!.item).toBe(all.indexOf(Math.min(...all)));
});

/** The trained prior with another shift by what was chosen. */
function withShift(value: number): RatingsPrior {
  const { params, tables } = head!.prior;
  const chosen = params["chosen"] as { readonly shift: Float32Array; readonly gate: Float32Array };
  return { params: { ...params, chosen: { ...chosen, shift: chosen.shift.map(() => value) } }, tables };
}

test("an answer says what it says, but not that the item was chosen", async () => {
  const answer = { items: Int32Array.of(3), values: Float32Array.of(6) };
  const meanOf = async (prior: RatingsPrior, asked?: number): Promise<Float32Array> => {
    const history = { ...answer, ...(asked !== undefined && { asked: Uint8Array.of(asked) }) };
    return (await learner().adapt(prior, { history }))[0].mean;
  };
  const chosen = await meanOf(withShift(1));
  expect(await meanOf(withShift(1), 0)).toEqual(chosen);
  expect(await meanOf(withShift(1), 1)).toEqual(await meanOf(withShift(0)));
  expect(await meanOf(withShift(1), 1)).not.toEqual(chosen);
});

test.each(questionRules)(
  "%s: never asks twice nor about what it must not, and is repeatable",
  async (rule) => {
    const history = { items: Int32Array.of(3, 5), values: Float32Array.of(4, 6) };
    const found = await elicit!.questions({ history }, { rule, n: 100, except: new Set([7, 8]), seed: 2 });
    const items = found.map(({ item }) => item);
    expect(new Set(items).size).toBe(56);
    for (const item of [3, 5, 7, 8]) expect(items).not.toContain(item);
    expect(await elicit!.questions({ history }, { rule, n: 100, except: new Set([7, 8]), seed: 2 })).toEqual(
      found,
    );
    const few = await elicit!.questions({ history }, { rule, askable: Int32Array.of(3, 9, 11), n: 5 });
    expect(few.map(({ item }) => item).sort((a, b) => a - b)).toEqual([9, 11]);
  },
);

test("questions by variance tell more than random ones, and nobody is asked about what is held out", async () => {
  const rng = createRng(9);
  const people = Array.from({ length: 16 }, (_, u): Respondent => {
    const order = rng.shuffle(Array.from({ length: 60 }, (_, i) => i));
    const known = Int32Array.from(order.slice(0, 50));
    return {
      id: `u${u}`,
      known: { items: known, values: Float32Array.from(known, (i) => world.expected(u, i)) },
      held: Int32Array.from(order.slice(50)),
    };
  });
  const errorAfter = async (rule: "variance" | "random", questions: number): Promise<number> => {
    let sum = 0;
    for (const [u, who] of people.entries()) {
      const histories = await interview(elicit!, who, { rule, questions, about: "known", seed: 1 });
      expect(histories.map(({ items }) => items.length)).toEqual([0, 1, 2, 3]);
      const history = histories.at(-1)!;
      for (const item of history.items) expect(who.held).not.toContain(item);
      const [fitted] = await learner().adapt(head!.prior, { history });
      const { mean } = await learner().predict(head!.prior, fitted, who.held);
      mean.forEach((m, i) => {
        sum += Math.abs(m - world.expected(u, who.held[i]!));
      });
    }
    return sum / (people.length * 10);
  };
  const [clever, blind] = [await errorAfter("variance", 3), await errorAfter("random", 3)];
  expect(clever).toBeLessThan(0.9 * blind);
}, 30_000);

test("whoever knows nothing that is asked about stays a stranger", async () => {
  const who: Respondent = {
    id: "x",
    known: { items: Int32Array.of(0), values: Float32Array.of(5) },
    held: Int32Array.of(0),
  };
  const histories = await interview(elicit!, who, {
    rule: "variance",
    questions: 4,
    about: "catalogue",
    seed: 1,
  });
  expect(histories.map(({ items }) => items.length)).toEqual([0, 0, 0, 0, 0]);
});
