import type { Evaluation, GroupResult } from "./evaluation.ts";
import type { Figure } from "./metrics/metric.ts";
import { pooledNamed } from "./metrics/named.ts";

/** A metric's figures for one state and number of shots, draws folded together. */
export interface Column {
  readonly state: string;
  readonly shots: number | "all";
  readonly draws: number;
  /** Distinct tasks. */
  readonly ids: readonly string[];
  /** `[ids]` a task's mean over the draws it was in, NaN where undefined; absent for pooled metrics. */
  readonly values?: Float64Array;
  /** Of all tasks; of several draws the mean. */
  readonly figure: Figure;
  /** Tasks with nothing to say. */
  readonly leftOut: number;
  /** A bootstrap would say nothing of its spread. */
  readonly collective: boolean;
}

/** Only some people, or only some items. */
export interface Slice {
  readonly of: "people" | "items";
  readonly grouping: string;
  readonly group: string;
}

/** Names of all metrics that were measured. */
export function metricsOf(evaluation: Evaluation): string[] {
  const names = evaluation.groups.flatMap(({ metrics, pooled }) =>
    [metrics, pooled ?? {}].flatMap(Object.keys),
  );
  return [...new Set(names)];
}

/** Every group that anybody, or any item, was sorted into. */
export function slicesOf(evaluation: Evaluation): Slice[] {
  const found = evaluation.groups.flatMap(({ people = {}, items = {} }) => [
    ...Object.entries(people).flatMap(([grouping, labels]) =>
      [...new Set(labels)].map((group): Slice => ({ of: "people", grouping, group })),
    ),
    ...Object.entries(items).flatMap(([grouping, groups]) =>
      Object.keys(groups).map((group): Slice => ({ of: "items", grouping, group })),
    ),
  ]);
  const distinct = new Map(
    found.filter(({ group }) => group !== "").map((one) => [JSON.stringify(one), one]),
  );
  return [...distinct.values()];
}

/** Columns of a metric, in the order of the groups; of a slice, those it has any task in. */
export function columnsOf(evaluation: Evaluation, metric: string, slice?: Slice): Column[] {
  const byKey = new Map<string, GroupResult[]>();
  for (const group of evaluation.groups) {
    const own = slice === undefined ? group : sliced(group, slice);
    if (own === undefined || !(metric in own.metrics || metric in (own.pooled ?? {}))) continue;
    const key = `${own.state}/${own.shots}`;
    byKey.set(key, [...(byKey.get(key) ?? []), own]);
  }
  return [...byKey.values()].map((groups) => columnOf(groups, metric));
}

export function meanOf({ figure, ids }: Column): number {
  return figure(new Int32Array(ids.length).fill(1));
}

function columnOf(groups: readonly GroupResult[], metric: string): Column {
  const { state, shots } = groups[0]!;
  const single = groups.every(({ metrics }) => metric in metrics);
  const folded = single ? foldValues(groups, metric) : foldFigures(groups, metric);
  return { state, shots, draws: groups.length, ...folded };
}

type Folded = Omit<Column, "state" | "shots" | "draws">;

function foldValues(groups: readonly GroupResult[], metric: string): Folded {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const group of groups) {
    const values = group.metrics[metric]!;
    group.ids.forEach((id, row) => {
      const value = values[row]!;
      const { sum, count } = sums.get(id) ?? { sum: 0, count: 0 };
      sums.set(id, Number.isNaN(value) ? { sum, count } : { sum: sum + value, count: count + 1 });
    });
  }
  const values = Float64Array.from(sums.values(), ({ sum, count }) => sum / count);
  const leftOut = values.filter(Number.isNaN).length;
  return { ids: [...sums.keys()], values, figure: meanFigure(values), leftOut, collective: false };
}

function meanFigure(values: Float64Array): Figure {
  return (counts) => {
    let [sum, count] = [0, 0];
    values.forEach((value, task) => {
      if (Number.isNaN(value)) return;
      sum += counts[task]! * value;
      count += counts[task]!;
    });
    return sum / count;
  };
}

function foldFigures(groups: readonly GroupResult[], metric: string): Folded {
  const pooled = pooledNamed(metric);
  const ids = [...new Set(groups.flatMap((group) => group.ids))];
  const at = new Map(ids.map((id, i) => [id, i]));
  const speaking = new Set<string>();
  const parts = groups.map((group) => {
    const { records, catalogue } = group.pooled![metric]!;
    group.ids.forEach((id, row) => {
      if (records[row]!.length > 0) speaking.add(id);
    });
    const places = Int32Array.from(group.ids, (id) => at.get(id)!);
    const figure = pooled?.pool(records, catalogue) ?? (() => Number.NaN);
    return (counts: ArrayLike<number>) => figure(places.map((place) => counts[place]!));
  });
  const figure: Figure = (counts) => parts.reduce((sum, part) => sum + part(counts), 0) / parts.length;
  return { ids, figure, leftOut: ids.length - speaking.size, collective: pooled?.collective ?? false };
}

/** The part of a group that a slice keeps; undefined when it keeps none. */
function sliced(group: GroupResult, { of, grouping, group: name }: Slice): GroupResult | undefined {
  const { pooled: _, ...rest } = group;
  if (of === "items") {
    const metrics = group.items?.[grouping]?.[name];
    return metrics && { ...rest, metrics };
  }
  const labels = group.people?.[grouping] ?? [];
  const rows = Array.from(labels.keys()).filter((row) => labels[row] === name);
  return rows.length === 0 ? undefined : selectTasks(group, rows);
}

function selectTasks(group: GroupResult, rows: readonly number[]): GroupResult {
  const { state, shots, draw, pooled = {} } = group;
  const metrics = Object.entries(group.metrics).map(
    ([name, values]) => [name, Float64Array.from(rows, (row) => values[row]!)] as const,
  );
  const lists = Object.entries(pooled).map(
    ([name, { records, catalogue }]) =>
      [name, { records: rows.map((row) => records[row]!), catalogue }] as const,
  );
  return {
    state,
    shots,
    draw,
    ids: rows.map((row) => group.ids[row]!),
    metrics: Object.fromEntries(metrics),
    pooled: Object.fromEntries(lists),
  };
}
