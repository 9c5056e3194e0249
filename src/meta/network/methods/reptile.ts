import type { Events, Params } from "../../../models/model.ts";
import { overlay, type Tensor } from "../../../tensor/index.ts";
import type { Method, MethodWorld } from "../method.ts";
import { partNames } from "../part-names.ts";
import { supportLoss, withAnchor } from "../scoring.ts";
import { everything, fastScore, type Moving, startOf, stepDown } from "./gradient.ts";

/**
 * Reptile (Nichol et al. 2018, alg. 1): each task is fitted by the inner steps to all of its events, and the prior moves
 * towards where they led, `prior <- prior + learningRate * mean(fitted - prior)`: no gradient of a gradient, and no split
 * of a task. Embeddings take part: those that a task touches move by what became of their copies in it.
 */
export const reptile: Method = {
  name: "reptile",
  title: "Reptile",
  outer: "reptile",
  shapes: () => ({}),
  adapt(world, prior, task) {
    const still = { ...world, config: { ...world.config, order: 1 } } as const;
    const start = { ...startOf(world, prior, task, everything), support: embeddedOf(world, task.support) };
    const loss = (moving: Params<Tensor>): Tensor => {
      const {
        network,
        anchor = task.anchor,
        support,
      } = moving as Moving & {
        readonly anchor?: Tensor;
        readonly support: Partial<Events>;
      };
      const rows = withAnchor(world, { ...task.support, ...support }, anchor);
      return supportLoss(world, overlay(prior.network, network), { support: rows });
    };
    return stepDown(still, loss, start, world.config.innerLearningRate);
  },
  score: fastScore,
};

/** Each event's own copy of its embeddings; what the task has one of is its anchor. */
function embeddedOf({ config }: MethodWorld, support: Events): Params<Tensor> {
  const names = partNames.filter((name) => name !== config.about && support[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, support[name] as Tensor]));
}
