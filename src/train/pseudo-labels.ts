import { createRng } from "../base/rng.ts";
import type { History, Predicted, Query, Ranker } from "../data/query.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { featuresOf, userTasks } from "../tasks/users.ts";

export interface PseudoLabelOptions {
  /** Pairs asked about for each person, items drawn in proportion to their events. */
  readonly asked: number;
  /**
   * How sure the teacher must be, from 0 to 1: of values, one minus the width of its 90 % interval over the width of the
   * scale; where it predicts none, the larger of the probabilities of liking and not liking.
   */
  readonly confidence: number;
  readonly seed: number | string;
}

/**
 * A teacher's labels for pairs of training people and items that nobody observed, where it is sure enough (Lee 2013).
 * It is asked about each person with all of their training events. By row of the user table.
 *
 * @param teacher any ranker that predicts distributions or probabilities; fitted on training alone
 */
export async function pseudoLabels(
  teacher: Ranker,
  train: TrainingDataset,
  { asked, confidence, seed }: PseudoLabelOptions,
): Promise<Map<number, History>> {
  const source = userTasks(train, { order: "random", query: "all", shots: [0] });
  const rng = createRng(seed).split("pseudo-labels");
  const labels = new Map<number, History>();
  for (const user of train.warmUsers) {
    const history = source.historyOf(user);
    const known = new Set(history.items);
    const drawn = new Set<number>();
    const stream = rng.split(user);
    // A random event's item: popular ones come up in proportion.
    for (let tries = 0; tries < 4 * asked && drawn.size < asked; tries++) {
      const item = train.interactions.item[stream.int(train.interactions.item.length)]!;
      if (!known.has(item)) drawn.add(item);
    }
    const query = { history, features: featuresOf(train.users, user) };
    labels.set(user, await sureLabels(teacher, train, { query, items: Int32Array.from(drawn), confidence }));
  }
  return labels;
}

interface Asking {
  readonly query: Query;
  readonly items: Int32Array;
  readonly confidence: number;
}

async function sureLabels(
  teacher: Ranker,
  { scale }: TrainingDataset,
  { query, items, confidence }: Asking,
): Promise<History> {
  const predicted = await teacher.predict?.(query, items);
  if (predicted !== undefined) {
    const range = scale.max - scale.min || 1;
    return chosen(items, predicted.mean, (i) => 1 - widthOf(predicted, i) / range >= confidence);
  }
  const probability = (await teacher.probability?.(query, items)) ?? new Float32Array(items.length).fill(0.5);
  const values = probability.map((p) => (p >= 0.5 ? scale.max : scale.min));
  return chosen(items, values, (i) => Math.max(probability[i]!, 1 - probability[i]!) >= confidence);
}

function widthOf({ low, high }: Predicted, i: number): number {
  return high[i]! - low[i]!;
}

function chosen(items: Int32Array, values: Float32Array, sure: (i: number) => boolean): History {
  return { items: items.filter((_, i) => sure(i)), values: values.filter((_, i) => sure(i)) };
}
