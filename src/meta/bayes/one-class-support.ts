import type { Query } from "../../data/query.ts";
import { type Catalogue, levelOf } from "../../encoders/catalogue.ts";
import { eventAges } from "../../encoders/request.ts";

export interface SupportTarget {
  readonly batch: {
    readonly rows?: Int32Array;
    readonly level: Int32Array;
    readonly age: Float32Array;
    readonly mask: Float32Array;
  };
  readonly at: number;
  readonly room: number;
}

/** Writes the latest events that fit; returns where in the history they stand. */
export function writeSupport(
  catalogue: Catalogue,
  query: Query,
  { batch, at, room }: SupportTarget,
): number[] {
  const { items, values } = query.history;
  const ages = eventAges(query);
  const usable = Array.from(items.keys()).filter(
    (j) => batch.rows === undefined || catalogue.warmRow[items[j]!]! >= 0,
  );
  const used = usable.slice(-room);
  used.forEach((j, slot) => {
    if (batch.rows !== undefined) batch.rows[at + slot] = catalogue.warmRow[items[j]!]!;
    batch.level[at + slot] = levelOf(catalogue.scale, values[j]!);
    batch.age[at + slot] = Math.log1p(ages[j]!);
    batch.mask[at + slot] = 1;
  });
  return used;
}
