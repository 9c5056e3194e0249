import type { GroupResult } from "./evaluation.ts";
import type { Grouping, ItemGrouping } from "./groupings.ts";
import type { Metric, PooledMetric, Ranked, Truth } from "./metrics/metric.ts";
import { restrictTo } from "./metrics/restrict.ts";
import type { Group } from "./protocols/protocol.ts";

/** Gathers the figures of a group, task by task. */
export interface Sheet {
  /** Whether figures of groups of items are wanted, which need longer lists. */
  readonly splitsItems: boolean;
  write(row: number, ranked: Ranked, truth: Truth): void;
  /** Notes candidates, of which pooled metrics need the number of distinct ones. */
  offered(candidates: Int32Array): void;
  result(): GroupResult;
}

const nothing = new Float64Array(0);

type Columns = Record<string, Float64Array>;

/** @example const sheet = createSheet(group, [mae], []); sheet.write(0, ranked, truth); sheet.result(); */
export function createSheet(
  group: Group,
  metrics: readonly (Metric | PooledMetric)[],
  groupings: readonly Grouping[],
): Sheet {
  const tasks = group.cases.length;
  const single = metrics.filter((metric) => "measure" in metric);
  const pooled = metrics.filter((metric) => "record" in metric);
  const columns = emptyColumns(single, tasks);
  const records = pooled.map(({ name }) => ({ name, records: new Array<Float64Array>(tasks) }));
  const catalogue = createCounter();
  const slices = groupings
    .filter((grouping) => grouping.of === "items")
    .flatMap((grouping) =>
      grouping.groups.map((name) => sliceOf(grouping, name, emptyColumns(single, tasks))),
    );
  return {
    splitsItems: slices.length > 0,
    offered: pooled.length > 0 ? catalogue.add : () => {},
    write: (row, ranked, truth) => {
      fill(columns, single, row, [ranked, truth]);
      pooled.forEach((metric, m) => {
        records[m]!.records[row] = metric.record(ranked, truth) ?? nothing;
      });
      for (const { keep, columns: own } of slices) fill(own, single, row, restrictTo(keep, ranked, truth));
    },
    result: () => {
      const { state, shots, draw, cases } = group;
      const people = groupings.filter((grouping) => grouping.of === "people");
      const labels = people.map(
        ({ name, groupOf }) => [name, cases.map((one) => groupOf(one) ?? "")] as const,
      );
      const lists = records.map(
        (one) => [one.name, { records: one.records, catalogue: catalogue.count() }] as const,
      );
      return {
        state,
        shots,
        draw,
        ids: cases.map((one) => one.id),
        metrics: columns,
        ...(lists.length > 0 && { pooled: Object.fromEntries(lists) }),
        ...(labels.length > 0 && { people: Object.fromEntries(labels) }),
        ...(slices.length > 0 && { items: nested(slices) }),
      };
    },
  };
}

interface Slice {
  readonly grouping: string;
  readonly group: string;
  readonly keep: (item: number) => boolean;
  readonly columns: Columns;
}

function sliceOf({ name, groupOf }: ItemGrouping, group: string, columns: Columns): Slice {
  return { grouping: name, group, keep: (item) => groupOf(item) === group, columns };
}

function emptyColumns(metrics: readonly Metric[], tasks: number): Columns {
  return Object.fromEntries(metrics.map(({ name }) => [name, new Float64Array(tasks)]));
}

function fill(
  columns: Columns,
  metrics: readonly Metric[],
  row: number,
  [ranked, truth]: [Ranked, Truth],
): void {
  for (const metric of metrics) columns[metric.name]![row] = metric.measure(ranked, truth);
}

function nested(slices: readonly Slice[]): Record<string, Record<string, Columns>> {
  const result: Record<string, Record<string, Columns>> = {};
  for (const { grouping, group, columns } of slices) {
    result[grouping] = { ...result[grouping], [group]: columns };
  }
  return result;
}

/** Counts distinct rows. */
function createCounter(): { add(rows: Int32Array): void; count(): number } {
  let seen = new Uint8Array(1024);
  let distinct = 0;
  const add = (rows: Int32Array): void => {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (row >= seen.length) seen = grown(seen, row);
      if (seen[row] === 1) continue;
      seen[row] = 1;
      distinct++;
    }
  };
  return { add, count: () => distinct };
}

function grown(seen: Uint8Array<ArrayBuffer>, row: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(2 * seen.length, row + 1));
  larger.set(seen);
  return larger;
}
