import type { Params } from "../../models/model.ts";
import {
  chain,
  type RowAdamState,
  type RowGradients,
  type RowOptimiser,
  type Schedule,
  scaleByLearningRate,
  type Transform,
} from "../../optim/index.ts";
import {
  expand,
  flatten,
  map,
  mapTree,
  mul,
  reshape,
  sub,
  sum,
  type Tensor,
  type Tree,
  vjp,
  zeros,
} from "../../tensor/index.ts";
import { type Batch, type BatchShape, type Stacks, stacksOf } from "./batch.ts";
import type { Layout } from "./layout.ts";
import type { PriorTensors, TaskInputs } from "./method.ts";
import type { PartName } from "./part-names.ts";
import { withAnchor } from "./scoring.ts";
import { type Parts, partWidth, rowGradients } from "./tables.ts";
import { methodWorld, type NetworkWorld } from "./world.ts";

/**
 * How far the prior is from where fitting support and query together leads, in the mean of the tasks: `prior - fitted`
 * (Nichol et al. 2018, alg. 2). That of an event's copy of an embedding goes to the embedding.
 */
export function reptileGradients(
  world: NetworkWorld,
  prior: PriorTensors,
  { batch, shape }: { readonly batch: Batch; readonly shape: BatchShape },
): Tree<Tensor> {
  const stacks = stacksOf(world, batch, shape.shots + shape.query);
  const { support, anchor, network: led } = fitAll(world, prior, stacks);
  const far = (from: Tensor, to: Tensor): Tensor => {
    const share = reshape(batch.share, [shape.tasks, ...to.shape.slice(1).map(() => 1)]);
    return mul(sub(expand(from, to.shape), to), share);
  };
  const where = new Map(flatten<Tensor>(led));
  const network = mapTree<Params<Tensor>, Tensor, Tensor>(prior.network, (from, path) => {
    const to = where.get(path);
    return to === undefined ? zeros(from.shape) : sum(far(from, to), 0);
  });
  const own = mapTree<Params<Tensor>, Tensor, Tensor>(prior.own, ({ shape }) => zeros(shape));
  const origins = { ...stacks.support, ...(stacks.anchor && { anchor: stacks.anchor }) };
  const pairs = Object.entries({ ...support, ...(anchor && { anchor }) }).map(
    ([name, to]) => [name, origins[name as keyof typeof origins] as Tensor, to] as const,
  );
  const parts = vjp(
    Object.fromEntries(pairs.map(([name, from]) => [name, from])),
    batch.parts as Tree<Tensor>,
    Object.fromEntries(pairs.map(([name, from, to]) => [name, far(from, to)])),
  );
  return { params: { network, own }, parts };
}

/** What a method for this outer loop leaves of every task. `[b, ...]` */
interface Fast {
  readonly network: Params<Tensor>;
  readonly support: Readonly<Record<string, Tensor>>;
  readonly anchor?: Tensor;
}

function fitAll(world: NetworkWorld, prior: PriorTensors, { support, anchor }: Stacks): Fast {
  const inside = methodWorld(world);
  const fit = (task: TaskInputs): Params<Tensor> =>
    world.method.adapt(inside, prior, { ...task, support: withAnchor(inside, task.support, task.anchor) });
  const given = { support, ...(anchor && { anchor }) };
  const mapped: unknown = map(
    fit as unknown as (task: Tree<Tensor>) => Tree<Tensor>,
    given as unknown as Tree<Tensor>,
  );
  return mapped as Fast;
}

/** The outer loop of Reptile: a plain step along the given way, of parameters and of rows of tables. */
export function reptileOuter(learningRate: Schedule): [Transform, RowOptimiser] {
  return [chain(scaleByLearningRate(learningRate)), rowSteps(learningRate)];
}

/** `row <- row - learningRate * way`, **in place**. */
function rowSteps(learningRate: Schedule): RowOptimiser {
  return {
    init: () => ({ step: 0, steps: none(), mean: new Float32Array(0), variance: new Float32Array(0) }),
    update({ rows, values }, state: RowAdamState, table) {
      const width = values.length / Math.max(1, rows.length);
      const rate = learningRate(state.step);
      rows.forEach((row, i) => {
        for (let j = 0; j < width; j++) table[row * width + j]! -= rate * values[i * width + j]!;
      });
      return { ...state, step: state.step + 1 };
    },
  };
}

const none = (): Int32Array => new Int32Array(0);

/**
 * How far each row of the tables is from where its copies led, in the mean of its copies: a row that few tasks touch
 * moves as far as one that all do.
 *
 * @param far sums over copies of `(prior - fitted) / tasks`, by row of a part
 */
export function meanOfCopies(
  world: NetworkWorld,
  { embedded, feeds, shape }: Layout,
  far: Parts,
): Readonly<Partial<Record<PartName, RowGradients>>> {
  const tasks = embeddedTasks(feeds["share"] as Float32Array);
  const counts = copiesOf(world, { feeds, shape });
  const [sums, weights] = [far, counts].map((parts) => rowGradients(world, embedded, parts));
  const names = Object.keys(sums ?? {}) as PartName[];
  return Object.fromEntries(
    names.flatMap((name) => {
      const [sum, weight] = [sums?.[name], weights?.[name]];
      if (sum === undefined || weight === undefined) return [];
      const values = sum.values.map((x, i) => (tasks * x) / Math.max(weight.values[i]!, 1e-12));
      return [[name, { rows: sum.rows, values }]];
    }),
  );
}

function embeddedTasks(share: Float32Array): number {
  return share.reduce((count, x) => count + Number(x > 0), 0);
}

/** How many copies each row of a part has in a batch, in every column. */
function copiesOf(world: NetworkWorld, { feeds, shape }: Pick<Layout, "feeds" | "shape">): Parts {
  const { about } = world.config;
  const slots = feeds as Readonly<Record<string, Float32Array | Int32Array>>;
  const real = (i: number): number => Number(slots["mask"]![i]! !== 0);
  const known = (i: number): number => real(i) * slots["keep"]![i]!;
  const tally = (name: PartName, rows: Float32Array | Int32Array | undefined, count = real): Float32Array => {
    const width = partWidth(world, name);
    const out = new Float32Array(width * (name.startsWith("user") ? shape.users : shape.items));
    rows?.forEach((row, i) => {
      for (let j = 0; j < width; j++) out[row * width + j]! += count(i);
    });
    return out;
  };
  const each = Int32Array.from({ length: shape.tasks }, (_, i) => i);
  const once = (): number => 1;
  return {
    user: about === "user" ? tally("user", each, once) : tally("user", slots["userRows"]),
    userId: tally("userId", slots["userRows"]),
    item: about === "item" ? tally("item", slots["subject"], once) : tally("item", slots["rows"]),
    itemId: tally("itemId", slots["rows"], known),
  };
}
