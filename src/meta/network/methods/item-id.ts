import { check } from "../../../base/errors.ts";
import { repeated, rowCount } from "../../../models/layers.ts";
import type { Events, Params, Rows } from "../../../models/model.ts";
import { add, exp, mul, type Shape, slice, stopGradient, type Tensor } from "../../../tensor/index.ts";
import type { Fitted, Method, MethodWorld, PriorTensors, TaskInputs } from "../method.ts";
import { networkScore, supportLoss } from "../scoring.ts";
import { stepDown } from "./gradient.ts";

/** Weight of the cold loss against the warm one (Pan et al. 2019, eq. 7). */
const ALPHA = 0.1;

/**
 * Makes the ID embedding of a new item, and knows nothing else: `own` are the maker's parameters.
 *
 * @param task its item's attributes and support, as the frozen network embeds them
 */
export interface IdMaker {
  readonly shapes: Method["shapes"];
  readonly start?: Method["start"];
  /** Before the support is met. `[size]` */
  first(own: Params<Tensor>, task: TaskInputs): Tensor;
  /** After the gradient steps; the embedding as it is, unless told. `[size]` */
  last?(own: Params<Tensor>, warmed: Tensor, task: TaskInputs): Tensor;
}

/**
 * How all methods that give a new item an ID embedding meet it, and learn to (Pan et al. 2019, alg. 1): the maker's
 * embedding is warmed by `innerSteps` gradient steps on the support's loss, the network fixed. Old items teach two
 * things at once, and neither disturbs the other:
 * - the network, its embeddings and the old items' own ID embeddings learn from the plain loss of the query;
 * - the maker learns, through the network as if it were frozen, from `(1 - a) warm + a cold`, `a = .1`: the query's loss
 *   after the support, and before it.
 *
 * Pan trains the network first and the maker then; here both see every task, the maker a network that is not yet done.
 */
export function idMethod(name: string, title: string, maker: IdMaker): Method {
  return {
    name,
    title,
    shapes(world) {
      checkWorld(name, world);
      return { maker: maker.shapes(world), logRate: [1] };
    },
    start: (path, shape, config) =>
      path === "logRate"
        ? { fill: Math.log(config.innerLearningRate) }
        : maker.start?.(path.slice("maker.".length), shape, config),
    adapt(world, prior, task) {
      const frozen = freeze(prior, task);
      const first = maker.first(ownOf(prior), frozen.task);
      const warmed = warm(world, prior, { ...frozen, first });
      return { id: maker.last?.(ownOf(prior), warmed, frozen.task) ?? warmed };
    },
    score: (world, prior, { fast, task, rows }) =>
      scoreWith(world, freeze(prior, task), freezeLeaves(rows), fast["id"] as Tensor),
    penalty: (world, prior, both) => coldAndPlain(world, prior, both, maker),
  };
}

function checkWorld(name: string, { spec, config }: Pick<MethodWorld, "spec" | "config">): void {
  check(config.about === "item" && spec.itemId === 1, "CONFIG", () => ({
    where: `method ${name}`,
    expected: "tasks about items, and items with ID embeddings",
    got: `tasks about ${config.about}s${spec.itemId === 1 ? "" : " without ID embeddings"}`,
  }));
}

interface Frozen {
  readonly network: Params<Tensor>;
  readonly task: TaskInputs;
}

function ownOf({ own }: PriorTensors): Params<Tensor> {
  return own["maker"] as Params<Tensor>;
}

function freeze({ network }: PriorTensors, { support, anchor }: TaskInputs): Frozen {
  const task = { support: freezeLeaves(support), ...(anchor && { anchor: stopGradient(anchor) }) };
  return { network: freezeTree(network), task };
}

function freezeLeaves<R extends Rows>(rows: R): R {
  const frozen = Object.entries(rows).map(([name, x]) => [name, x && stopGradient(x)]);
  return Object.fromEntries(frozen) as R;
}

function freezeTree(tree: Params<Tensor>): Params<Tensor> {
  const frozen = Object.entries(tree).map(([name, x]) => [
    name,
    isTensor(x) ? stopGradient(x) : freezeTree(x),
  ]);
  return Object.fromEntries(frozen) as Params<Tensor>;
}

function isTensor(x: Tensor | Params<Tensor>): x is Tensor {
  return Array.isArray(x["shape"]);
}

/** Rows of one item under the given ID embedding. `id [size]` */
function withId<R extends Rows>(rows: R, id: Tensor): R {
  return { ...rows, itemId: repeated(id, rowCount(rows)) };
}

function warm(
  world: MethodWorld,
  { own }: PriorTensors,
  { network, task, first }: Frozen & { readonly first: Tensor },
): Tensor {
  const { learnInnerRate } = world.config;
  const logRate = own["logRate"] as Tensor;
  const id = exp(slice(learnInnerRate ? logRate : stopGradient(logRate), 0, 0, 1));
  const loss = (moving: Params<Tensor>): Tensor =>
    supportLoss(world, network, { support: withId(task.support, moving["id"] as Tensor) });
  return stepDown(world, loss, { id: first }, { id })["id"] as Tensor;
}

function scoreWith(world: MethodWorld, { network, task }: Frozen, rows: Rows, id: Tensor): Tensor {
  return networkScore(world, network, { support: withId(task.support, id), rows: withId(rows, id) });
}

/** The cold loss, and the plain one under the old item's own embedding, in units of the warm loss's weight. */
function coldAndPlain(
  world: MethodWorld,
  prior: PriorTensors,
  { task, query }: Fitted & { readonly query: Events },
  maker: IdMaker,
): Tensor {
  const frozen = freeze(prior, task);
  const first = maker.first(ownOf(prior), frozen.task);
  const id =
    maker.last?.(ownOf(prior), first, { ...frozen.task, support: silent(frozen.task.support) }) ?? first;
  const cold = world.loss(scoreWith(world, frozen, freezeLeaves(query), id), query, 0);
  const plain = networkScore(world, prior.network, { support: task.support, rows: query });
  return add(mul(cold, ALPHA / (1 - ALPHA)), world.loss(plain, query, 0));
}

/** The same support before anything has happened. */
function silent(support: Events): Events {
  return { ...support, mask: mul(support.mask, 0) };
}

/** Shape of a layer from the item's attributes to something of the embedding's size; one vector alone without any. */
export function fromContent({ spec }: Parameters<Method["shapes"]>[0]): Params<Shape> {
  const inputs = spec.item * spec.size;
  return inputs > 0 ? { weight: [inputs, spec.size], bias: [spec.size] } : { bias: [spec.size] };
}
