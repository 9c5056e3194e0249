import type { Events } from "../../models/model.ts";
import { gather, input, mul, slice, type Tensor, unsqueeze } from "../../tensor/index.ts";
import { type PartName, partNames } from "./part-names.ts";
import { partWidth } from "./tables.ts";
import type { NetworkWorld } from "./world.ts";

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

export type PartTensors = Readonly<Partial<Record<PartName, Tensor>>>;

/** What a meta-training step is fed. `b` tasks, `s` support slots, then `q` query slots. */
export interface Batch {
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
export type Stacks = { readonly support: Events; readonly query: Events; readonly anchor?: Tensor };

export function batchInputs(world: NetworkWorld, shape: BatchShape): Batch {
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
export function stacksOf({ config }: NetworkWorld, batch: Batch, shots: number): Stacks {
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
