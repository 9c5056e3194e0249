import { hashJson } from "../../base/hash.ts";
import { type Dataset, type Interactions, interactionsHash } from "../dataset.ts";
import { itemCounts, presentRows, userCounts } from "./interactions.ts";

/**
 * A data set whose interactions are training ones only. Its tables still hold the attributes of everybody, cold ones
 * included, because a cold item is scored by its attributes; whatever is *fitted* (vocabularies, means, scales) may look at
 * the warm rows only. Functions that fit take this type, so that a whole data set passed by mistake does not compile.
 */
export interface TrainingDataset extends Dataset {
  /** Rows of users and items with at least one training event, ascending. */
  readonly warmUsers: Int32Array;
  readonly warmItems: Int32Array;
}

/**
 * The same tables with the training interactions only.
 *
 * @example const { train, heldOut, coldUsers } = splitColdUsers(dataset, { fraction: 0.2, seed: 1 });
 *          const training = withTraining(dataset, train);
 */
export function withTraining(dataset: Dataset, train: Interactions): TrainingDataset {
  return {
    ...dataset,
    interactions: train,
    hash: hashJson([dataset.hash, interactionsHash(train)]),
    warmUsers: presentRows(userCounts(train, dataset.users.ids.length)),
    warmItems: presentRows(itemCounts(train, dataset.items.ids.length)),
  };
}
