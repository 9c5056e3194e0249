import type { Dataset } from "../data/dataset.ts";
import type { PairScorer } from "../data/query.ts";

export interface OddsBiasesConfig {
  /** Events at the overall share of likes that every item is given. */
  readonly itemShrinkage: number;
  /** The same for every user. */
  readonly userShrinkage: number;
}

export const oddsBiasesDefaults: OddsBiasesConfig = { itemShrinkage: 10, userShrinkage: 10 };

/**
 * A user's bias and an item's, or a domain's, on the scale of log-odds: `odds = o(m) + (o(p_u) - o(m)) + (o(p_i) - o(m))`, with `o` the
 * logit, `m` the share of likes in training, and `p` the share among a user's training events or an item's events so
 * far, shrunk to `m` as in `fitItemRate`. A cold item, or an unknown user, has no bias.
 *
 * @example const scorer = fitOddsBiases(train); await scorer.probability({ item, history }, { users, items });
 */
export function fitOddsBiases(train: Dataset, config: OddsBiasesConfig = oddsBiasesDefaults): PairScorer {
  const { interactions, scale, users } = train;
  const [likes, events] = [new Float64Array(users.ids.length), new Float64Array(users.ids.length)];
  interactions.user.forEach((user, row) => {
    events[user]!++;
    if (interactions.value[row]! >= scale.liked) likes[user]!++;
  });
  const mean = likes.reduce((a, b) => a + b, 0) / interactions.user.length;
  const bias = (liked: number, n: number, shrinkage: number): number =>
    logit((liked + shrinkage * mean) / (n + shrinkage)) - logit(mean);
  const ofUser = likes.map((liked, user) => bias(liked, events[user]!, config.userShrinkage));
  return {
    name: "odds-biases",
    probability: async ({ history: { values } }, { users: asked }) => {
      const liked = values.filter((value) => value >= scale.liked).length;
      const odds = logit(mean) + bias(liked, values.length, config.itemShrinkage);
      return Float32Array.from(asked, (user) => 1 / (1 + Math.exp(-odds - (ofUser[user] ?? 0))));
    },
  };
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}
