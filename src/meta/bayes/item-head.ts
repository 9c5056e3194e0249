import { invertSpd } from "../../base/cholesky.ts";
import { check } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { History, PairScorer } from "../../data/query.ts";
import { defaultContentPriorOptions } from "../../encoders/content-prior.ts";
import { dotAt, type ItemPosterior, type LikeEvents, laplacePosterior, sigmoid } from "./item-posterior.ts";
import {
  fitItemPriors,
  type ItemEvents,
  type ItemPriorOptions,
  type ItemPriors,
  meanOf,
} from "./item-prior.ts";
import { fitUsers, type UserFeatureOptions, type UserFeatures } from "./item-users.ts";

export interface ItemHeadConfig extends UserFeatureOptions, ItemPriorOptions {
  /** At most this many events of a training item are learned from, a seeded sample. */
  readonly maxEvents: number;
  /** Share of what content leaves of the weights' variance that the items of a domain have in common. */
  readonly domainShare: number;
}

/**
 * Found on the old items of MovieLens-1M, those with 300 to 449 ratings played as new; `domainShare` on its genres, in three
 * draws of cold ones.
 */
export const defaultItemHeadConfig: ItemHeadConfig = {
  factorSize: 16,
  factorRegularisation: 9,
  noise: 0.7,
  levelVariance: 0.25,
  weightVariance: 0.3,
  rounds: 8,
  maxEvents: 300,
  domainShare: 0.4,
  content: defaultContentPriorOptions,
  seed: 1,
};

/** All that the item head learned: plain data. */
export interface ItemHead extends ItemPriors {
  readonly users: UserFeatures;
  /** Values from here on are likes. */
  readonly liked: number;
  /** Of the config. */
  readonly domainShare: number;
}

/**
 * The mirror image of the Bayes head: an item is a task, its weights `w ~ N(m(content), V)` meet users' features `x_u`,
 * `p(like) = sigmoid(w . x_u)`. Users are learned from all items (see {@link fitUsers}), the prior from items as tasks
 * (see {@link fitItemPriors}); a new item is one Laplace posterior away, whatever number of events it has.
 *
 * @throws DATA when no item has an event; CONFIG for a `domainShare` that is no share
 * @example const scorer = itemHeadScorer(await fitItemHead(train));
 */
export async function fitItemHead(train: Dataset, given: Partial<ItemHeadConfig> = {}): Promise<ItemHead> {
  const config = { ...defaultItemHeadConfig, ...given };
  check(train.interactions.user.length > 0, "DATA", () => ({
    where: `item head on ${train.name}`,
    expected: "events to learn from",
    got: "none",
  }));
  check(config.domainShare > 0 && config.domainShare <= 1, "CONFIG", () => ({
    where: "item head, domainShare",
    expected: "a share above 0 and up to 1",
    got: String(config.domainShare),
  }));
  const { without, ...users } = fitUsers(train, config);
  const tasks = itemEvents(train, { ...users, without }, config);
  const layout = { width: users.width, level: users.learned };
  const priors = await fitItemPriors(train, tasks, layout, config);
  return { ...priors, users, liked: train.scale.liked, domainShare: config.domainShare };
}

/** Training items as tasks, each event's user as they were without it. */
function itemEvents(
  train: Dataset,
  users: UserFeatures & { readonly without: Float32Array },
  { maxEvents, seed }: ItemHeadConfig,
): ItemEvents[] {
  const { interactions, items, scale } = train;
  const rows: number[][] = items.ids.map(() => []);
  interactions.item.forEach((item, row) => void rows[item]?.push(row));
  return rows.flatMap((own, item) => {
    if (own.length === 0) return [];
    const taken = createRng(`${seed}/item-head`).split(item).sample(own, maxEvents);
    const phi = new Float64Array(taken.length * users.width);
    taken.forEach((row, j) => {
      const user = interactions.user[row]!;
      phi.set(featuresOf(users, user), j * users.width);
      phi.set(users.without.subarray(row * users.learned, (row + 1) * users.learned), j * users.width);
    });
    const liked = Uint8Array.from(taken, (row) => Number(interactions.value[row]! >= scale.liked));
    return [{ item, events: { phi, liked } }];
  });
}

function featuresOf({ values, width }: UserFeatures, user: number): Float32Array {
  return values.subarray(user * width, (user + 1) * width);
}

/** The item's weights after its events. */
export function adaptItem(head: ItemHead, item: number, history: History): ItemPosterior {
  const { users, means, precision } = head;
  return laplacePosterior({ mean: meanOf(means, item, users.width), precision }, likesOf(head, history));
}

/** What is known of a domain: of any item of it. */
export interface DomainPosterior {
  /** What its items have in common beside what content says of each. `[width]` */
  readonly mean: Float64Array;
  /** Of an item's weights: what is unsure of the domain, and what its items do not share. `[width * width]` */
  readonly covariance: Float64Array;
}

/**
 * A domain after its events: `w_i = m(content_i) + d + e_i`, `d ~ N(0, s V)` for the domain and `e_i ~ N(0, (1 - s) V)`
 * for the item, `s` being `domainShare`; the posterior of `d` is Laplace's, with what content says of each event's item
 * as offset.
 */
export function adaptDomain(head: ItemHead, history: History): DomainPosterior {
  const { users, means, precision, domainShare } = head;
  const { width } = users;
  const events = likesOf(head, history);
  const offset = Float64Array.from(history.items, (item, j) =>
    dotAt(events.phi, j * width, meanOf(means, item, width)),
  );
  const prior = { mean: new Float64Array(width), precision: precision.map((p) => p / domainShare) };
  const { mean, covariance } = laplacePosterior(prior, { ...events, offset });
  const rest = invertSpd(precision.slice(), width);
  return { mean, covariance: covariance.map((c, at) => c + (1 - domainShare) * rest[at]!) };
}

/** One item of a domain. */
function itemOf({ means, users: { width } }: ItemHead, domain: DomainPosterior, item: number): ItemPosterior {
  const mean = meanOf(means, item, width).map((m, k) => m + domain.mean[k]!);
  return { mean, covariance: domain.covariance };
}

function likesOf({ users, liked }: ItemHead, { users: who, values, weights }: History): LikeEvents {
  check(who !== undefined || values.length === 0, "REQUEST", () => ({
    where: "history of an item, or a domain",
    expected: "`users`: who did each event",
    got: "none",
  }));
  const phi = new Float64Array(values.length * users.width);
  who?.forEach((user, j) => phi.set(featuresOf(users, user), j * users.width));
  const yes = Uint8Array.from(values, (value) => Number(value >= liked));
  return { phi, liked: yes, ...(weights && { weights }) };
}

/**
 * Probability that a user likes an item, over what is unknown of both: with `odds ~ N(mu, s^2)`,
 * `s^2 = x^T S x + w^T C_u w`, it is `sigmoid(mu / sqrt(1 + pi s^2 / 8))` (MacKay 1992; Bishop 2006, eq. 4.153).
 */
export function likeProbability(
  { users }: ItemHead,
  { mean, covariance }: ItemPosterior,
  user: number,
): number {
  const x = featuresOf(users, user);
  const { learned } = users;
  const known = users.covariance.subarray(user * learned * learned, (user + 1) * learned * learned);
  const variance = spread(covariance, x, users.width) + spread(known, mean, learned);
  return sigmoid(dotAt(x, 0, mean) / Math.sqrt(1 + (Math.PI * variance) / 8));
}

/** `x^T A x` over the first `d` numbers. `a [d * d]` */
function spread(a: ArrayLike<number>, x: ArrayLike<number>, d: number): number {
  let sum = 0;
  for (let i = 0; i < d; i++) {
    const xi = x[i]!;
    if (xi === 0) continue;
    for (let j = 0; j < d; j++) sum += xi * a[i * d + j]! * x[j]!;
  }
  return sum;
}

/** The head as what judges pairs, of an item or of a domain. */
export function itemHeadScorer(head: ItemHead): PairScorer {
  return {
    name: "Bayes item head",
    probability: async ({ item, history }, { users, items }) => {
      if (item !== undefined) {
        const posterior = adaptItem(head, item, history);
        return Float32Array.from(users, (user) => likeProbability(head, posterior, user));
      }
      const domain = adaptDomain(head, history);
      return Float32Array.from(users, (user, at) =>
        likeProbability(head, itemOf(head, domain, items[at]!), user),
      );
    },
  };
}
