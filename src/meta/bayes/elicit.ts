import { createRng } from "../../base/rng.ts";
import type { Query } from "../../data/query.ts";
import { type Acquaintance, chancesToKnow } from "../../encoders/familiarity.ts";
import {
  type RatingsParams,
  type RatingsShape,
  ratedFeatures,
  ratingsShapes,
  tasteSize,
} from "../../models/ratings.ts";
import { compile, type Program, type Tensor, type Tree } from "../../tensor/index.ts";
import { memo } from "../buckets.ts";
import { paramInputs } from "../params.ts";
import { adaptOnce } from "../ranker.ts";
import type { LikingHead } from "./bayes-head.ts";
import {
  afterAnswer,
  type GainItems,
  informationGain,
  keptByRounding,
  type Uncertainty,
  uncertaintyOf,
  varianceGain,
} from "./elicit-gain.ts";
import { ratingsBayes, ratingsWorld } from "./ratings.ts";
import { itemInputs, ratingsPredictProgram } from "./ratings-programs.ts";
import { itemFeeds, shiftOf } from "./ratings-serving.ts";
import type { RatingsFitted } from "./ratings-types.ts";

/**
 * What the next question is chosen by. Answers should be marked as `asked` in the history. `chance(a)` is how likely this
 * person can answer at all, by what they knew and did not know so far (`chancesToKnow`).
 *
 * - "chance": `chance(a)` alone
 * - "variance": `chance(a)` times the expected fall of the predicted variances, each weighed by the item's training events
 * - "information": `chance(a)` times the expected information about the taste
 * - "entropy": of the predicted distribution of the item's value; "popularity-entropy": times `log(1 + events)`
 * - "popularity", "random": for comparison (the rules of Rashid et al. 2002, with the head's own distribution)
 */
export type QuestionRule =
  | "chance"
  | "variance"
  | "information"
  | "entropy"
  | "popularity-entropy"
  | "popularity"
  | "random";

export const questionRules: readonly QuestionRule[] = [
  "chance",
  "variance",
  "information",
  "entropy",
  "popularity-entropy",
  "popularity",
  "random",
];

/** An item to ask somebody about, and what the rule says it is worth. */
export interface Question {
  /** Row of the item table. */
  readonly item: number;
  readonly worth: number;
}

export interface QuestionOptions {
  /** "variance" unless told. */
  readonly rule?: QuestionRule;
  /** Questions to ask, each chosen as if those before had been answered; 1 unless told. */
  readonly n?: number;
  /** Items that they were asked about and could not answer: not asked again, and they say what else is not known. */
  readonly unanswered?: Iterable<number>;
  /** Items not to ask about, beside those. */
  readonly except?: ReadonlySet<number>;
  /** Items that may be asked about; all with training events unless told. */
  readonly askable?: Int32Array;
  /** The person is known to have an answer to each: what tells most is asked, however few people know it. */
  readonly certain?: boolean;
  /** Of the random rule. */
  readonly seed?: number | string;
}

/** Chooses what to ask a newcomer about next. */
export interface Elicitation {
  questions(query: Query, options?: QuestionOptions): Promise<readonly Question[]>;
}

/**
 * Active elicitation under the Bayes head for ratings: how much an answer would tell is known in closed form before it is
 * given, because the posterior covariance depends on what is asked alone. What rounding to the scale hides is taken off:
 * of a film that everybody gives five stars, the answer is known beforehand. A head of several members asks by its first.
 *
 * @example const [first] = await elicitation(head).questions({ history: emptyHistory });
 */
export function elicitation(head: LikingHead): Elicitation {
  const learner = ratingsBayes(head.knowledge, head.users, head.config);
  const adapt = adaptOnce(learner, head.prior);
  const items = memo((_: "all") => catalogueOf(head));
  const expected = rememberLast(predictorOf(head));
  const prospects = rememberLast(async (fitted: RatingsFitted) =>
    prospectsOf(head, await items("all"), { fitted, expected: await expected(fitted) }),
  );
  const { counts } = head.knowledge.means;
  const levels = head.knowledge.levels.length;
  const everything = Int32Array.from(counts.keys()).filter((item) => counts[item]! > 0);
  return {
    async questions(
      query,
      {
        rule = "variance",
        n = 1,
        except,
        unanswered = [],
        askable = everything,
        certain = false,
        seed = 0,
      } = {},
    ) {
      const unknown = Array.from(unanswered);
      const taken = new Set([...query.history.items, ...unknown, ...(except ?? [])]);
      const open = askable.filter((item) => !taken.has(item));
      const chance = certain ? undefined : chancesOf(head, { known: query.history.items, unknown });
      if (rule === "chance") return best(open, n, chance ?? new Float64Array(counts.length));
      const fitted = await adapt(query);
      if (rule === "variance" || rule === "information")
        return planned(await prospects(fitted), { rule, n, open, ...(chance && { chance }) });
      const entropy = async (): Promise<Float64Array> => entropiesOf(await expected(fitted), levels);
      return best(open, n, await worths(rule, { open, counts, seed, entropy }));
    },
  };
}

/** An unanswered question changes nothing: what was computed for it serves the next. */
function rememberLast<K extends object, V>(make: (key: K) => V): (key: K) => V {
  let last: { readonly key: K; readonly value: V } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}

interface Fixed {
  readonly open: Int32Array;
  readonly counts: Int32Array;
  readonly seed: number | string;
  /** Of all items. */
  readonly entropy: () => Promise<Float64Array>;
}

/** Worth of every item under a rule that does not look ahead. */
async function worths(rule: QuestionRule, { open, counts, seed, entropy }: Fixed): Promise<Float64Array> {
  const rng = createRng(seed).split("questions");
  const out = new Float64Array(counts.length);
  if (rule === "random") for (const item of open) out[item] = rng.next();
  else if (rule === "popularity") for (const item of open) out[item] = counts[item]!;
  else {
    const found = await entropy();
    for (const item of open) out[item] = found[item]! * (rule === "entropy" ? 1 : Math.log1p(counts[item]!));
  }
  return out;
}

function best(open: Int32Array, n: number, worth: Float64Array): Question[] {
  const sorted = Array.from(open).sort((a, b) => worth[b]! - worth[a]! || a - b);
  return sorted.slice(0, n).map((item) => ({ item, worth: worth[item]! }));
}

interface Plan {
  readonly rule: "variance" | "information";
  readonly n: number;
  readonly open: Int32Array;
  /** Of each item, to be answered; all will be where absent. */
  readonly chance?: Float64Array;
}

/** Greedy: the best question, then the best given that it is answered, and so on. */
function planned({ items, start }: Prospects, { rule, n, open, chance }: Plan): Question[] {
  const gain = rule === "variance" ? varianceGain : informationGain;
  const out: Question[] = [];
  const left = new Set(open);
  let state = start;
  while (out.length < n && left.size > 0) {
    let next: Question = { item: -1, worth: Number.NEGATIVE_INFINITY };
    for (const item of left) {
      const worth = (chance?.[item] ?? 1) * gain(items, state, item);
      if (worth > next.worth) next = { item, worth };
    }
    out.push(next);
    left.delete(next.item);
    if (out.length < n) state = afterAnswer(items, state, next.item);
  }
  return out;
}

/** Features and noise of all items, and how known they are. */
async function catalogueOf(head: LikingHead): Promise<GainItems> {
  const { world, all } = worldOf(head);
  const program = await featuresProgram(world.shape, all.length);
  const out = await program.run({
    params: head.prior.params,
    items: itemFeeds(world)(head.prior, all, all.length),
  });
  const { counts } = head.knowledge.means;
  const total = counts.reduce((sum, n) => sum + n, 0);
  return {
    phi: out["phi"] as Float32Array,
    noise: out["noise"] as Float32Array,
    size: tasteSize(world.shape),
    weight: Float32Array.from(counts, (n) => n / Math.max(1, total)),
  };
}

/** By how many have an event of an item, where a model from before does not know how people differ. */
function chancesOf({ knowledge }: LikingHead, told: Acquaintance): Float64Array {
  const { familiarity, presence, means } = knowledge;
  return familiarity === undefined
    ? Float64Array.from(means.counts)
    : chancesToKnow(familiarity, presence, told);
}

function worldOf(head: LikingHead): { world: ReturnType<typeof ratingsWorld>; all: Int32Array } {
  const world = ratingsWorld(head.knowledge, head.users, head.config);
  return { world, all: Int32Array.from(head.knowledge.items.ids.keys()) };
}

function featuresProgram(shape: RatingsShape, n: number): Promise<Program<Tree<Tensor>, Tree<Tensor>>> {
  const params = paramInputs(ratingsShapes(shape)) as RatingsParams<Tensor>;
  const items = itemInputs(shape, n, [n]);
  const { phi, noise } = ratedFeatures(params, items);
  return compile({ params, items: { ...items } }, { phi, noise });
}

/** Probability of each level of the scale, for every item. `[items, levels]` */
type Expected = Float32Array;

function predictorOf(head: LikingHead): (fitted: RatingsFitted) => Promise<Expected> {
  const { world, all } = worldOf(head);
  const programFor = memo((_: "all") => ratingsPredictProgram(world.shape, all.length));
  const feeds = memo((_: "all") => itemFeeds(world)(head.prior, all, all.length));
  return async (fitted) => {
    const program = await programFor("all");
    const { mean, covariance, scale } = fitted;
    const out = await program.run({
      params: head.prior.params,
      items: feeds("all"),
      posterior: { mean, covariance, scale },
      shift: shiftOf(head.knowledge, fitted, all),
    });
    return out["probabilities"] as Expected;
  };
}

/** Entropy of the predicted value of every item, in nats. `[items]` */
function entropiesOf(probabilities: Expected, levels: number): Float64Array {
  return Float64Array.from({ length: probabilities.length / levels }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < levels; c++) {
      const share = probabilities[i * levels + c]!;
      if (share > 0) sum -= share * Math.log(share);
    }
    return sum;
  });
}

/** Where questions start from: items with the noise that their answers have for this person, and what is not known yet. */
interface Prospects {
  readonly items: GainItems;
  readonly start: Uncertainty;
}

/**
 * A person's own scale multiplies covariance and noise alike, and changes no order: it is taken out. Rounding adds noise:
 * as much as makes the value's variance, `v` of it expected to be learned, fall by as much as its rounded value tells.
 */
function prospectsOf(
  { knowledge }: LikingHead,
  items: GainItems,
  {
    fitted: { covariance, scale },
    expected,
  }: { readonly fitted: RatingsFitted; readonly expected: Expected },
): Prospects {
  const start = uncertaintyOf(
    items,
    covariance.map((x) => x / scale[0]!),
  );
  const { levels } = knowledge;
  const noise = Float64Array.from(items.noise, (own, i) => {
    const probabilities = expected.subarray(i * levels.length, (i + 1) * levels.length);
    const v = start.variance[i]!;
    return (v + own) / Math.max(keptByRounding(probabilities, levels), 1e-6) - v;
  });
  return { items: { ...items, noise }, start };
}
