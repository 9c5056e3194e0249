import type { Rng } from "../../../base/rng.ts";
import type { History } from "../../../data/query.ts";
import type { Task } from "../../../tasks/task.ts";
import { nearestLevel } from "../../bayes/rows.ts";
import type { ContentWorld } from "./config.ts";

/** Room of a step's tensors. */
export interface SliceShape {
  readonly support: number;
  readonly query: number;
  readonly people: number;
}

export interface SliceFeeds {
  readonly [key: string]: Float32Array | Int32Array;
  readonly level: Int32Array;
  readonly met: Float32Array;
  readonly supportItem: Float32Array;
  readonly queryItem: Float32Array;
  readonly liked: Float32Array;
}

export interface SliceLayout {
  /** Items of the support, then of the query, each filled up with the first. `[support + query]` */
  readonly items: Int32Array;
  readonly feeds: SliceFeeds;
  /** Rows that are people. */
  readonly people: number;
}

/** Distinct items of a history, in order. */
export function itemsOf({ items }: History): Int32Array {
  return Int32Array.from(new Set(items));
}

/**
 * A slice as the tensors of a step. Asked are people who liked something of its query, a random sample where there are
 * more than rows for them.
 */
export function layOutSlice(
  { levels, liked }: Pick<ContentWorld, "levels" | "liked">,
  { support, query }: Task,
  { support: s, query: q, people }: SliceShape,
  rng: Rng,
): SliceLayout {
  const [known, asked] = [itemsOf(support), itemsOf(query)];
  const items = new Int32Array(s + q).fill(known[0] ?? asked[0] ?? 0);
  items.set(known.subarray(0, s));
  items.set(asked.subarray(0, q), s);
  const [place, askedPlace] = [placesOf(known), placesOf(asked)];
  const chosen = rng.sample(whoLiked(query, liked), people);
  const row = placesOf(chosen);
  const feeds: SliceFeeds = {
    level: new Int32Array(people * s),
    met: new Float32Array(people * s),
    supportItem: Float32Array.from({ length: s }, (_, i) => Number(i < known.length)),
    queryItem: Float32Array.from({ length: q }, (_, i) => Number(i < asked.length)),
    liked: new Float32Array(people * q),
  };
  eachEvent(support, (user, item, value) => {
    const at = row.get(user);
    if (at === undefined) return;
    feeds.level[at * s + place.get(item)!] = nearestLevel(levels, value);
    feeds.met[at * s + place.get(item)!] = 1;
  });
  eachEvent(query, (user, item, value) => {
    const at = row.get(user);
    if (at !== undefined && value >= liked) feeds.liked[at * q + askedPlace.get(item)!] = 1;
  });
  for (let at = 0; at < people; at++) lighten(feeds.liked.subarray(at * q, (at + 1) * q));
  return { items, feeds, people: chosen.length };
}

function eachEvent(
  { items, values, users = new Int32Array(0) }: History,
  see: (user: number, item: number, value: number) => void,
): void {
  for (let i = 0; i < items.length; i++) see(users[i]!, items[i]!, values[i]!);
}

function whoLiked(query: History, liked: number): number[] {
  const people = new Set<number>();
  eachEvent(query, (user, _, value) => value >= liked && people.add(user));
  return [...people];
}

function placesOf(rows: ArrayLike<number>): Map<number, number> {
  return new Map(Array.from(rows, (row, i) => [row, i]));
}

/** Somebody who liked much counts more, but not by as much: `1 / sqrt(number)` an item. */
function lighten(liked: Float32Array): void {
  const count = liked.reduce((a, b) => a + b, 0);
  for (let i = 0; count > 0 && i < liked.length; i++) liked[i]! /= Math.sqrt(count);
}
