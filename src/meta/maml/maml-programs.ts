import { type Layers, meluScore, meluShapes } from "../../models/melu.ts";
import {
  compile,
  concat,
  expand,
  gather,
  grad,
  input,
  map,
  mul,
  type Program,
  type Shape,
  slice,
  stopGradient,
  sum,
  type Tensor,
  type Tree,
  unsqueeze,
} from "../../tensor/index.ts";
import { paramInputs } from "../params.ts";
import { innerLoop, type TaskEvents, taskLoss } from "./inner-loop.ts";
import type { MamlConfig } from "./maml-config.ts";

type AnyProgram = Program<Tree<Tensor>, Tree<Tensor>>;

/** Widths of the parts a row of the network's input is joined from. */
export interface InputWidths {
  /** The person's fields. */
  readonly person: number;
  /** The item's fields. */
  readonly content: number;
  /** The item's own embedding; 0 without one. */
  readonly id: number;
  /** What others said of the item; 0 when it is not told. */
  readonly level: number;
}

/** Columns of the network's input. */
export function inputSize({ person, content, id, level }: InputWidths): number {
  return person + content + id + level;
}

/** What MAML learns besides its embeddings. */
export interface MamlParams<T> {
  readonly [key: string]: T | Layers<T>;
  readonly layers: Layers<T>;
  /** Natural logarithm of the inner learning rates. `[layers]` */
  readonly logRate: T;
}

export function mamlShapes({ hidden }: MamlConfig, widths: InputWidths): MamlParams<Shape> {
  const layers = meluShapes(inputSize(widths), hidden);
  return { layers, logRate: [hidden.length + 1] };
}

/** Sizes of a padded batch. */
export interface BatchShape {
  readonly tasks: number;
  readonly shots: number;
  readonly query: number;
  /** Distinct items. */
  readonly items: number;
}

/** Pooled embeddings; a part without width is absent. */
export type PooledParts = Readonly<Partial<Record<PartName, Tensor>>>;
export type PartName = Exclude<keyof InputWidths, "level">;

/** What a meta-training step is fed. `b` tasks, `s` support slots, then `q` query slots, `u` items. */
export interface MamlBatch {
  readonly parts: PooledParts;
  /** Rows of `content`. int32 `[b, s + q]` */
  readonly rows: Tensor;
  /** 1 where ID embedding and level are used. `[b, s + q]` */
  readonly keep: Tensor;
  /** What others said of the item. `[b, s + q, level]` */
  readonly level?: Tensor;
  readonly value: Tensor;
  /** 1 for an event, 0 for padding. `[b, s + q]` */
  readonly mask: Tensor;
  /** Weight of a task in the mean; 0 for padding. `[b]` */
  readonly share: Tensor;
}

function batchInputs(shape: BatchShape, widths: InputWidths): MamlBatch {
  const { tasks, shots, query, items } = shape;
  const slots = [tasks, shots + query];
  return {
    parts: partInputs({ person: [tasks], content: [items], id: [items] }, widths),
    rows: input("rows", slots, "int32"),
    keep: input("keep", slots),
    ...(widths.level > 0 && { level: input("level", [...slots, widths.level]) }),
    value: input("value", slots),
    mask: input("mask", slots),
    share: input("share", [tasks]),
  };
}

function partInputs(leads: Readonly<Record<PartName, Shape>>, widths: InputWidths): PooledParts {
  const present = (Object.keys(leads) as PartName[]).filter((name) => widths[name] > 0);
  return Object.fromEntries(present.map((name) => [name, input(name, [...leads[name], widths[name]])]));
}

/** Rows of the network's input: person `[b, ...]`, content and ID `[u, ...]`, level joined. `[b, s + q, in]` */
function joined({ parts, rows, keep, level }: MamlBatch): Tensor {
  const [b, slots] = rows.shape as [number, number];
  const { person, content, id } = parts;
  const columns: Tensor[] = [];
  if (person !== undefined) columns.push(expand(unsqueeze(person, 1), [b, slots, person.shape[1] as number]));
  if (content !== undefined) columns.push(gather(content, rows));
  if (id !== undefined) columns.push(mul(gather(id, rows), unsqueeze(keep, -1)));
  if (level !== undefined) columns.push(mul(level, unsqueeze(keep, -1)));
  return concat(columns, 2);
}

/** Mean squared error on the query after the inner loop, one a task. `[b]` */
export function mamlLosses(
  params: MamlParams<Tensor>,
  batch: MamlBatch,
  { shots, config }: { shots: number; config: MamlConfig },
): Tensor {
  const x = joined(batch);
  const slots = batch.rows.shape[1] as number;
  const cut = (from: number, to: number): TaskEvents => ({
    x: slice(x, 1, from, to),
    value: slice(batch.value, 1, from, to),
    mask: slice(batch.mask, 1, from, to),
  });
  const tasks = { support: cut(0, shots), query: cut(shots, slots) };
  return map(
    ({ support, query }) => taskLoss(meluScore(adaptedLayers(params, support, config), query.x), query, 0),
    tasks,
  );
}

/** The layers that the inner loop leaves to one task. */
export function adaptedLayers(
  { layers, logRate }: MamlParams<Tensor>,
  support: TaskEvents,
  config: MamlConfig,
): Layers<Tensor> {
  const { innerSteps: steps, order, supportShrinkage: shrinkage, learnInnerRate } = config;
  const options = { steps, order, shrinkage, logRate: learnInnerRate ? logRate : stopGradient(logRate) };
  return innerLoop(layers, support, options);
}

/** Losses of a batch of tasks; with `gradients` those of their mean for parameters and for what was pooled. */
export function mamlStepProgram(
  config: MamlConfig,
  { shape, widths, gradients }: { shape: BatchShape; widths: InputWidths; gradients: boolean },
): Promise<AnyProgram> {
  const params = paramInputs(mamlShapes(config, widths)) as MamlParams<Tensor>;
  const batch = batchInputs(shape, widths);
  const losses = mamlLosses(params, batch, { shots: shape.shots, config });
  const wrt: Tree<Tensor> = { params, parts: batch.parts };
  const outputs: Tree<Tensor> = gradients
    ? { losses, grads: grad(sum(mul(losses, batch.share)), wrt) as Tree<Tensor> }
    : { losses };
  return compile({ params, batch: { ...batch } }, outputs, { threads: config.threads });
}

/** The inner loop of one person with up to `shots` events, as the layers it leaves. */
export function mamlAdaptProgram(
  config: MamlConfig,
  { shots, widths }: { shots: number; widths: InputWidths },
): Promise<AnyProgram> {
  const params = paramInputs(mamlShapes(config, widths)) as MamlParams<Tensor>;
  const support = {
    x: input("x", [shots, inputSize(widths)]),
    value: input("value", [shots]),
    mask: input("mask", [shots]),
  };
  return compile({ params, support }, adaptedLayers(params, support, config));
}

/** Scores of `n` items for one person with adapted layers. `[n]` */
export function mamlScoreProgram(
  config: MamlConfig,
  { items: n, widths }: { items: number; widths: InputWidths },
): Promise<AnyProgram> {
  const { layers } = paramInputs({ layers: mamlShapes(config, widths).layers }) as {
    layers: Layers<Tensor>;
  };
  const x = input("x", [n, inputSize(widths)]);
  return compile({ layers, x }, { score: meluScore(layers, x) });
}
