import { hashJson } from "../../base/hash.ts";
import { type Dataset, type Interactions, interactionsHash } from "../../data/dataset.ts";
import type { MeluData, MeluTask } from "../../data/read/melu.ts";
import { splitFourStates } from "../../data/splits/cold.ts";
import { historiesByUser } from "../../data/splits/interactions.ts";
import { withTraining } from "../../data/splits/training.ts";

/** Share of the people and of the items that are cold, about as in MeLU's files. */
const COLD = 0.2;

/**
 * MeLU's four states of any data set: seeded shares of its people and items are cold, warm events are for training.
 *
 * @throws SPLIT when nobody or nothing could be set aside
 */
export function fourStates(dataset: Dataset, seed: number | string): MeluData {
  const split = splitFourStates(dataset, { users: COLD, items: COLD, seed });
  const tasks = (events: Interactions): MeluTask[] => tasksOf(events, dataset.users.ids.length);
  return {
    dataset: withTraining(dataset, split.warm),
    states: {
      warm: tasks(split.warm),
      "cold-user": tasks(split.coldUser),
      "cold-item": tasks(split.coldItem),
      "both-cold": tasks(split.bothCold),
    },
  };
}

/** Hash of training and cold events together. */
export function statesHash({ dataset, states }: MeluData): string {
  const parts = Object.values(states).map((tasks) =>
    tasks.map(({ user, items, values }) =>
      interactionsHash({ user: Int32Array.of(user), item: items, value: values }),
    ),
  );
  return hashJson([dataset.hash, parts]);
}

function tasksOf(events: Interactions, users: number): MeluTask[] {
  const { offsets, order } = historiesByUser(events, users);
  return Array.from({ length: users }, (_, user) => {
    const rows = order.subarray(offsets[user], offsets[user + 1]);
    return {
      user,
      items: rows.map((row) => events.item[row]!),
      values: Float32Array.from(rows, (row) => events.value[row]!),
    };
  }).filter(({ items }) => items.length > 0);
}
