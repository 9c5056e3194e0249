import { topN } from "../../base/ranking.ts";
import type { History, Ranker } from "../../data/query.ts";
import { addPseudoLabels } from "../../tasks/augment/pseudo.ts";
import { userTasks } from "../../tasks/users.ts";
import type { Augmentation } from "../streams.ts";
import type { TransferFit } from "./fit.ts";
import type { TransferSide } from "./world.ts";

/**
 * Pseudo-labels of one-class feedback (Lee 2013): what a teacher would choose for each training person of the target,
 * given all they did, counts as a like of less weight in the query. Never in the support.
 */
export async function pseudoChoices(
  teacher: Ranker,
  { train, catalogue }: TransferSide,
  { config, seed }: Pick<TransferFit, "config" | "seed">,
): Promise<Augmentation> {
  const source = userTasks(train, { order: "time", query: "all", shots: [0] });
  const labels = new Map<number, History>();
  for (const user of train.warmUsers) {
    const history = source.historyOf(user);
    const used = new Set(history.items);
    const candidates = catalogue.warm.filter((item) => !used.has(item));
    const scores = await teacher.score({ history }, candidates);
    const items = topN(scores, candidates, config.pseudo.count, seed);
    labels.set(user, { items, values: new Float32Array(items.length).fill(train.scale.max) });
  }
  const transform = addPseudoLabels(labels, config.pseudo);
  return { transforms: () => [["pseudo", transform]] };
}
