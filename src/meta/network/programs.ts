import type { Events, Params, Rows } from "../../models/model.ts";
import {
  add,
  compile,
  dropout,
  gather,
  grad,
  input,
  map,
  mul,
  type Program,
  rsqrt,
  type Shape,
  slice,
  square,
  stopGradient,
  sum,
  type Tensor,
  type Tree,
  unsqueeze,
} from "../../tensor/index.ts";
import { paramInputs } from "../params.ts";
import type { Fitted, PriorTensors, TaskInputs } from "./method.ts";
import { withAnchor } from "./scoring.ts";
import { type PartName, partNames, partWidth } from "./tables.ts";
import { type Draws, methodWorld, type NetworkWorld, priorShapes, still } from "./world.ts";

export type AnyProgram = Program<Tree<Tensor>, Tree<Tensor>>;

/** Sizes of a padded batch. */
export interface BatchShape {
  readonly tasks: number;
  /** Slots of the support, of the query. */
  readonly shots: number;
  readonly query: number;
  /** Distinct items; distinct users, or the tasks where each is a person. */
  readonly items: number;
  readonly users: number;
}

type PartTensors = Readonly<Partial<Record<PartName, Tensor>>>;

/** What a meta-training step is fed. `b` tasks, `s` support slots, then `q` query slots. */
interface Batch {
  /** Pooled embeddings: of users or people `[users, ...]`, of items `[items, ...]`. */
  readonly parts: PartTensors;
  /** Rows of the items' parts, of the users'. int32 `[b, s + q]` */
  readonly rows: Tensor;
  readonly userRows?: Tensor;
  /** Row of the item a task is about. int32 `[b]` */
  readonly subject?: Tensor;
  /** 1 where an item is known: its ID embedding and numbers are used. `[b, s + q]` */
  readonly keep: Tensor;
  /** `[b, s + q, dense]` */
  readonly dense?: Tensor;
  readonly value: Tensor;
  /** Weight of an event, 0 for padding. `[b, s + q]` */
  readonly mask: Tensor;
  /** Weight of a task in the mean; 0 for padding. `[b]` */
  readonly share: Tensor;
}

/** The tensors of tasks, stacked: `[b, ...]` each. */
type Stacks = { readonly support: Events; readonly query: Events; readonly anchor?: Tensor };

function batchInputs(world: NetworkWorld, shape: BatchShape): Batch {
  const { tasks, shots, query } = shape;
  const slots = [tasks, shots + query];
  return {
    parts: partInputs(world, shape),
    rows: input("rows", slots, "int32"),
    keep: input("keep", slots),
    ...(world.users && { userRows: input("userRows", slots, "int32") }),
    ...(world.spec.dense > 0 && { dense: input("dense", [...slots, world.spec.dense]) }),
    ...(world.config.about === "item" && { subject: input("subject", [tasks], "int32") }),
    value: input("value", slots),
    mask: input("mask", slots),
    share: input("share", [tasks]),
  };
}

function partInputs(world: NetworkWorld, { users, items }: BatchShape): PartTensors {
  const present = partNames.filter((name) => partWidth(world, name) > 0);
  const leads = { user: users, userId: users, item: items, itemId: items };
  return Object.fromEntries(
    present.map((name) => [name, input(name, [leads[name], partWidth(world, name)])]),
  );
}

/** The rows of all tasks, without the part that a task has only one of: its anchor. */
function stacksOf({ config }: NetworkWorld, batch: Batch, shots: number): Stacks {
  const { parts, rows, userRows, subject, keep, dense } = batch;
  const known = unsqueeze(keep, -1);
  const all: Events = {
    ...(parts.user && userRows && { user: gather(parts.user, userRows) }),
    ...(parts.userId && userRows && { userId: gather(parts.userId, userRows) }),
    ...(parts.item && config.about !== "item" && { item: gather(parts.item, rows) }),
    ...(parts.itemId && { itemId: mul(gather(parts.itemId, rows), known) }),
    ...(dense && { dense: mul(dense, known) }),
    value: batch.value,
    mask: batch.mask,
  };
  const slots = rows.shape[1] as number;
  const cut = (start: number, end: number): Events =>
    Object.fromEntries(Object.entries(all).map(([name, x]) => [name, slice(x, 1, start, end)])) as Events;
  const anchor = config.about === "user" ? parts.user : subject && parts.item && gather(parts.item, subject);
  return { support: cut(0, shots), query: cut(shots, slots), ...(anchor && { anchor }) };
}

/** Loss on the query after adaptation, one a task; with what the method adds to it in training. `[b]` */
function taskLosses(
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
  return map(lossOf as (task: Tree<Tensor>) => Tensor, stacks as unknown as Tree<Tensor>) as Tensor;
}

/** Losses of a batch of tasks; with `gradients` those of their mean for parameters and for what was pooled. */
export async function stepProgram(
  world: NetworkWorld,
  { shape, gradients }: { readonly shape: BatchShape; readonly gradients: boolean },
): Promise<{ readonly program: AnyProgram; readonly random: Readonly<Record<string, Shape>> }> {
  const params = paramInputs(priorShapes(world)) as PriorTensors;
  const batch = batchInputs(world, shape);
  const { threads } = world.config;
  if (!gradients) {
    const options = { draws: still, penalised: false };
    const losses = taskLosses(world, params, stacksOf(world, batch, shape.shots), options);
    const inputs = { params, batch, random: {} } as unknown as Tree<Tensor>;
    return { program: await compile(inputs, { losses }, { threads }), random: {} };
  }
  const { draws, inputs: random } = drawInputs(world.config.dropout);
  const losses = (parts: PartTensors): Tensor =>
    taskLosses(world, params, stacksOf(world, { ...batch, parts }, shape.shots), { draws, penalised: true });
  const total = (each: Tensor): Tensor => sum(mul(each, batch.share));
  const plain = losses(batch.parts);
  const loss = total(againstAdversary(world, batch.parts, { plain, losses, total }));
  const wrt = { params, parts: batch.parts } as unknown as Tree<Tensor>;
  const grads = grad(loss, wrt) as Tree<Tensor>;
  const inputs = { params, batch, random } as unknown as Tree<Tensor>;
  const program = await compile(inputs, { losses: plain, grads }, { threads });
  return { program, random: Object.fromEntries(Object.entries(random).map(([name, x]) => [name, x.shape])) };
}

/**
 * Half the losses where the embeddings are, half where a step of length `adversarial` up the loss leads each of them
 * (Goodfellow et al. 2015, sec. 6; He et al. 2018, eq. 8).
 */
function againstAdversary(
  { config }: NetworkWorld,
  parts: PartTensors,
  {
    plain,
    losses,
    total,
  }: { plain: Tensor; losses: (parts: PartTensors) => Tensor; total: (each: Tensor) => Tensor },
): Tensor {
  if (config.adversarial === 0) return plain;
  const gradients = grad(total(plain), parts as Tree<Tensor>) as Tree<Tensor>;
  const moved = Object.entries(parts).map(([name, x]) => {
    const direction = stopGradient(gradients[name] as Tensor);
    const length = rsqrt(add(sum(square(direction), -1, true), 1e-20));
    return [name, add(x, mul(config.adversarial, mul(direction, length)))] as const;
  });
  return mul(0.5, add(plain, losses(Object.fromEntries(moved))));
}

/** Random inputs, made as they are asked for. */
function drawInputs(rate: number): { readonly draws: Draws; readonly inputs: Record<string, Tensor> } {
  const inputs: Record<string, Tensor> = {};
  const fresh = (kind: string, shape: Shape): Tensor => {
    const name = `${kind}${Object.keys(inputs).length}`;
    const made = input(name, shape);
    inputs[name] = made;
    return made;
  };
  return {
    inputs,
    draws: {
      drop: (hidden) => (rate === 0 ? hidden : dropout(hidden, fresh("keep", hidden.shape), rate)),
      noise: (shape) => fresh("noise", shape),
    },
  };
}

/** A person's or an item's events, and the anchor, as inputs of a program for one task. */
export function taskInputs(world: NetworkWorld, shots: number): TaskInputs {
  const width = world.config.about === "domain" ? 0 : partWidth(world, world.config.about);
  const anchor = width > 0 ? input("anchor", [width]) : undefined;
  const support = {
    ...rowInputs(world, shots, "support"),
    value: input("support.value", [shots]),
    mask: input("support.mask", [shots]),
  };
  return { support, ...(anchor && { anchor }) };
}

/** Rows without the part that is the same in all: that is the anchor. */
export function rowInputs(world: NetworkWorld, n: number, name: string): Rows {
  const { spec, config } = world;
  const parts = partNames.filter((part) => part !== config.about && partWidth(world, part) > 0);
  return {
    ...Object.fromEntries(parts.map((part) => [part, input(`${name}.${part}`, [n, partWidth(world, part)])])),
    ...(spec.dense > 0 && { dense: input(`${name}.dense`, [n, spec.dense]) }),
  };
}

/** What adaptation leaves, without what only meta-training needs. */
export function adapted(world: NetworkWorld, prior: PriorTensors, task: TaskInputs): Params<Tensor> {
  const inside = methodWorld(world);
  const { support: _, ...fast } = world.method.adapt(inside, prior, withTaskAnchor(world, task));
  return fast;
}

/** Scores of rows after adaptation. `[n]` */
export function scored(world: NetworkWorld, prior: PriorTensors, { fast, task, rows }: Fitted): Tensor {
  const inside = methodWorld(world);
  const whole = { fast, task: withTaskAnchor(world, task), rows: withAnchor(inside, rows, task.anchor) };
  return world.method.score(inside, prior, whole);
}

function withTaskAnchor(world: NetworkWorld, task: TaskInputs): TaskInputs {
  return { ...task, support: withAnchor(world, task.support, task.anchor) };
}
