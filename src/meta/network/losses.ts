import { add, map, type Tensor, type Tree } from "../../tensor/index.ts";
import type { Stacks } from "./batch.ts";
import type { Fitted, PriorTensors, TaskInputs } from "./method.ts";
import { withAnchor } from "./scoring.ts";
import { type Draws, methodWorld, type NetworkWorld } from "./world.ts";

/** Loss on the query after adaptation, one a task; with what the method adds to it in training. `[b]` */
export function taskLosses(
  world: NetworkWorld,
  prior: PriorTensors,
  stacks: Stacks,
  { draws, penalised }: { readonly draws: Draws; readonly penalised: boolean },
): Tensor {
  const { method } = world;
  const inside = methodWorld(world, draws);
  const lossOf = ({ support, query: asked, anchor }: Stacks): Tensor => {
    const task: TaskInputs = { support: withAnchor(inside, support, anchor), ...(anchor && { anchor }) };
    const query = withAnchor(inside, asked, anchor);
    const fitted: Fitted = { task, fast: method.adapt(inside, prior, task), rows: query };
    const loss = inside.loss(method.score(inside, prior, fitted), query, 0);
    return penalised && method.penalty
      ? add(loss, method.penalty(inside, prior, { ...fitted, query }))
      : loss;
  };
  const losses: unknown = map(lossOf as (task: Tree<Tensor>) => Tensor, stacks as unknown as Tree<Tensor>);
  return losses as Tensor;
}
