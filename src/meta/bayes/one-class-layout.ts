import type { Catalogue } from "../../encoders/catalogue.ts";
import { paddedTrends } from "../../encoders/moments.ts";
import { trendTime } from "../../encoders/trends.ts";
import type { OneClassShape } from "../../models/one-class.ts";
import { roomFor } from "../buckets.ts";
import { paddedRows } from "./rows.ts";

/** What a prior knows of items, as a score program takes it, zeros after them. */
interface ItemRows {
  readonly room: number;
  /** `[room, embeddingSize + 1]` */
  readonly rows: Float32Array;
  /** `[items]` */
  readonly bias: Float32Array;
}

/** The same with how popular they are. */
interface ItemLayout extends ItemRows {
  /** `[room, trendWidth]` */
  readonly trends: Float32Array;
}

/** @param features of all items, by the prior that is asked */
export type LayOut = (features: Float32Array, items: Int32Array, time: number | undefined) => ItemLayout;

/**
 * Lays items out and keeps the last list, because a service ranks one list for everybody: its rows for each prior, its
 * trends for the last moment. Lists are told apart by identity: callers do not change theirs.
 */
export function lastLayout(catalogue: Catalogue, { embeddingSize }: OneClassShape): LayOut {
  const rowsOf = lastRows(embeddingSize + 1);
  let last: { items: Int32Array; moment: number; trends: Float32Array } | undefined;
  return (features, items, time) => {
    const known = rowsOf(features, items);
    const moment = trendTime(catalogue.trends, time);
    if (last?.items !== items || !Object.is(last.moment, moment)) {
      last = { items, moment, trends: paddedTrends(catalogue, items, time, known.room) };
    }
    return { ...known, trends: last.trends };
  };
}

function lastRows(width: number): (features: Float32Array, items: Int32Array) => ItemRows {
  const last = new WeakMap<Float32Array, { items: Int32Array; laidOut: ItemRows }>();
  return (features, items) => {
    const known = last.get(features);
    if (known?.items === items) return known.laidOut;
    const room = roomFor(items.length);
    const rows = paddedRows(features, width, items, room);
    const laidOut = { room, rows, bias: Float32Array.from(items, (_, i) => rows[(i + 1) * width - 1]!) };
    last.set(features, { items, laidOut });
    return laidOut;
  };
}
