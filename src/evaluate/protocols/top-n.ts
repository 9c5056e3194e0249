import { check } from "../../base/errors.ts";
import type { Dataset } from "../../data/dataset.ts";
import { splitRandom } from "../../data/splits/events.ts";
import { itemCounts, partitionRows, presentRows } from "../../data/splits/interactions.ts";
import { withTraining } from "../../data/splits/training.ts";
import { featuresOf } from "../../tasks/users.ts";
import { fullCase } from "./candidates.ts";
import { historiesOf } from "./histories.ts";
import type { Case, Protocol } from "./protocol.ts";

export interface TopNOptions {
  readonly seed: number;
  /** Smaller values are no events at all; 3 unless told (1 for data whose scale ends below). */
  readonly atLeast?: number;
  /** Which tenth is asked about: "test", or "valid" for tuning; "test" unless told. */
  readonly part?: "test" | "valid";
  /** Written into the groups; 0 unless told. */
  readonly draw?: number;
}

/**
 * Protocol 5, full ranking, everybody warm (the setting of RecBole, Zhao et al. 2021): ratings of at least 3, all of
 * them likes; each person's events are split 8:1:1 at random. Training is the first part, and a person's own training
 * events are the support. Candidates are all items with an event in any part that the person has not used: in training,
 * and, when the test tenth is asked about, in the validation tenth. Nothing is fitted on the validation tenth.
 *
 * @throws SPLIT when no event is left to ask about
 * @example const protocol = topN(dataset, { seed: 1 });
 */
export function topN(
  dataset: Dataset,
  { seed, atLeast = 3, part = "test", draw = 0 }: TopNOptions,
): Protocol {
  const liked = Math.min(atLeast, dataset.scale.max);
  const { value } = dataset.interactions;
  const { kept } = partitionRows(dataset.interactions, (row) => value[row]! >= liked);
  const likes: Dataset = { ...dataset, interactions: kept, scale: { ...dataset.scale, liked } };
  const split = splitRandom(likes, { seed });
  const train = withTraining(likes, split.train);
  const users = dataset.users.ids.length;
  const [supportOf, truthOf] = [historiesOf(split.train, users), historiesOf(split[part], users)];
  const validOf = historiesOf(split.valid, users);
  const catalogue = presentRows(itemCounts(kept, dataset.items.ids.length));
  const cases = Array.from(train.warmUsers, (user): Case => {
    const history = supportOf(user);
    const used = part === "valid" ? history.items : joined(history.items, validOf(user).items);
    const query = { user, features: featuresOf(dataset.users, user), history };
    return fullCase(catalogue, { id: dataset.users.ids[user]!, query, truth: truthOf(user), used });
  }).filter(({ truth }) => truth.items.length > 0);
  check(cases.length > 0, "SPLIT", () => ({
    where: `top-n on ${dataset.name}`,
    expected: `people with at least three events of ${liked} or more`,
    got: "none",
  }));
  const groups = [{ state: "warm", shots: "all" as const, draw, cases }];
  return { name: "top-n", candidates: "full", scale: likes.scale, train, groups };
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
