import { createRng, type Rng } from "../src/base/rng.ts";
import type { Events, Model, ModelOptions, Params, RowSpec, Rows, Scoring } from "../src/models/model.ts";
import { constant, mapTree, type Shape, type Tensor } from "../src/tensor/index.ts";
import { evaluate } from "./reference.ts";

/** A row as a network is given it, in plain numbers. */
export interface PlainRow {
  readonly user: readonly number[];
  readonly userId: readonly number[];
  readonly item: readonly number[];
  readonly itemId: readonly number[];
  readonly dense: readonly number[];
}

export interface PlainEvent {
  readonly row: PlainRow;
  readonly value: number;
  readonly mask: number;
}

export const fullSpec: RowSpec = { size: 3, user: 2, item: 2, userId: 1, itemId: 1, dense: 2 };
export const itemSpec: RowSpec = { size: 3, user: 0, item: 1, userId: 0, itemId: 1, dense: 0 };

const parts = ["user", "userId", "item", "itemId", "dense"] as const;

function widthOf(spec: RowSpec, part: (typeof parts)[number]): number {
  return part === "dense" ? spec.dense : spec[part] * spec.size;
}

/** Random rows. */
export function plainRows(spec: RowSpec, n: number, rng: Rng): PlainRow[] {
  return Array.from({ length: n }, () => {
    const row = parts.map((part) => [part, normals(widthOf(spec, part), rng)] as const);
    return Object.fromEntries(row) as unknown as PlainRow;
  });
}

/** Random events. */
export function plainEvents(spec: RowSpec, n: number, rng: Rng): PlainEvent[] {
  return plainRows(spec, n, rng).map((row) => ({ row, value: Math.fround(rng.normal()), mask: 1 }));
}

/** Float32, as constants of a graph are, so that plain arithmetic starts from the same numbers. */
function normals(n: number, rng: Rng): number[] {
  return Array.from({ length: n }, () => Math.fround(rng.normal()));
}

/** Rows as tensors; parts without width are absent. */
export function tensorRows(spec: RowSpec, rows: readonly PlainRow[]): Rows {
  const present = parts.filter((part) => widthOf(spec, part) > 0);
  return Object.fromEntries(
    present.map((part) => [
      part,
      constant(
        rows.flatMap((row) => row[part]),
        [rows.length, widthOf(spec, part)],
      ),
    ]),
  );
}

export function tensorEvents(spec: RowSpec, events: readonly PlainEvent[]): Events {
  const [n, rows] = [events.length, events.map(({ row }) => row)];
  const [value, mask] = [events.map((e) => e.value), events.map((e) => e.mask)];
  return { ...tensorRows(spec, rows), value: constant(value, [n]), mask: constant(mask, [n]) };
}

/** Every parameter normal with deviation .5, so that none is left out by being zero. */
export function someParams(shapes: Params<Shape>, rng: Rng): Params<Tensor> {
  return mapTree<Params<Shape>, Shape, Tensor>(shapes, (shape, path) => {
    const stream = rng.split(path);
    const size = shape.reduce((a, b) => a * b, 1);
    return constant(
      normals(size, stream).map((x) => 0.5 * x),
      shape,
    );
  });
}

/** Numbers of a matrix or a vector of the parameters, by its path. */
export function numbersAt(params: Params<Tensor>, path: string): number[] {
  const leaf = path
    .split(".")
    .reduce<Params<Tensor> | Tensor>((at, key) => (at as Params<Tensor>)[key]!, params);
  return [...evaluate([leaf as Tensor], new Map())[0]!];
}

/** `x W + b` in plain numbers, the layer named by its path. */
export function plainLayer(params: Params<Tensor>, path: string, x: readonly number[]): number[] {
  const [weight, bias] = [numbersAt(params, `${path}.weight`), numbersAt(params, `${path}.bias`)];
  return bias.map((b, j) => x.reduce((sum, value, i) => sum + value * weight[i * bias.length + j]!, b));
}

export const plainRelu = (x: readonly number[]): number[] => x.map((value) => Math.max(0, value));
export const plainDot = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, value, i) => sum + value * y[i]!, 0);

/** A row's numbers side by side, in the order that networks read. */
export const sideBySide = (row: PlainRow): number[] => [
  ...row.user,
  ...row.userId,
  ...row.item,
  ...row.itemId,
  ...row.dense,
];

export interface Trial {
  readonly model: Model;
  readonly spec: RowSpec;
  readonly options?: ModelOptions;
  readonly rows: readonly PlainRow[];
  readonly support?: readonly PlainEvent[];
  readonly own?: boolean;
}

/** The same parameters for the same network and spec, whatever it is tried on. */
export function trialParams({
  model,
  spec,
  options = { hidden: [4, 3], dropout: 0 },
}: Trial): Params<Tensor> {
  return someParams(model.shapes(spec, options), createRng(7).split(model.name));
}

/** Scores of a trial by the float64 reference. */
export function scoresOf(trial: Trial): number[] {
  return [...evaluate([scoreTensor(trial)], new Map())[0]!];
}

export function scoreTensor(trial: Trial, params: Params<Tensor> = trialParams(trial)): Tensor {
  const { model, spec, rows, support = [], own = false, options = { hidden: [4, 3], dropout: 0 } } = trial;
  const events = tensorEvents(spec, support);
  const scoring: Scoring = { spec, options, support: events, own, drop: (hidden) => hidden };
  return model.score(params, own ? events : tensorRows(spec, rows), scoring);
}
