import type { Rng } from "../../base/rng.ts";
import type { History } from "../../data/query.ts";
import { selectEvents } from "../source.ts";
import type { Task } from "../task.ts";
import type { TaskTransform } from "./transform.ts";

/** Whom somebody may be mixed with. */
export interface MixPeople {
  /** People that may be learned from, and nobody else. */
  readonly people: Int32Array;
  historyOf(user: number): History;
  /** Width of the scale: values that far apart are opposite. */
  readonly range: number;
}

/** Partners drawn, of whom the most similar one is taken. */
const DRAWN = 48;

/**
 * Mixes a share of the people with somebody whose events agree with their support (mixup, Zhang 2018, on tastes instead
 * of inputs). With `l` uniform in `[1/2, 1]`, items of both get `l v + (1 - l) v'`; an item of one of them keeps its
 * value and counts with that person's share. The partner's events on query items never enter the support, and at most
 * as many others do as the support has. Item statistics are corrected for the person's own events only.
 *
 * @param share of the people that are mixed when a partner is found, from 0 to 1
 */
export function mixPeople(share: number, world: MixPeople): TaskTransform {
  return (task, rng) => {
    if (task.user === undefined || task.support.items.length === 0 || rng.next() >= share) return task;
    const partner = mostSimilar(task, world, rng);
    if (partner === undefined) return task;
    const own = 0.5 + 0.5 * rng.next();
    const others = valuesOf(partner);
    const support = merge(blend(task.support, others, own), extraEvents(task, partner, { own, rng }));
    return { ...task, support, query: blend(task.query, others, own) };
  };
}

/** Of some people drawn at random, the one who agrees best on the support; undefined when nobody agrees. */
function mostSimilar({ user, support }: Task, world: MixPeople, rng: Rng): History | undefined {
  let [best, most]: [History | undefined, number] = [undefined, 0];
  const mine = valuesOf(support);
  for (let drawn = 0; drawn < Math.min(DRAWN, world.people.length); drawn++) {
    const other = world.people[rng.int(world.people.length)]!;
    if (other === user) continue;
    const history = world.historyOf(other);
    const agreement = agreementOf(mine, history, world.range);
    if (agreement > most) [best, most] = [history, agreement];
  }
  return best;
}

/** `sum of 1 - 2 |v - v'| / range` over the items of both. */
function agreementOf(mine: ReadonlyMap<number, number>, { items, values }: History, range: number): number {
  let sum = 0;
  for (let i = 0; i < items.length; i++) {
    const value = mine.get(items[i]!);
    if (value !== undefined) sum += 1 - (2 * Math.abs(value - values[i]!)) / range;
  }
  return sum;
}

function valuesOf({ items, values }: History): Map<number, number> {
  const out = new Map<number, number>();
  items.forEach((item, i) => out.set(item, values[i]!));
  return out;
}

/** A person's own events with what the partner thinks of the same items mixed in. */
function blend(history: History, others: ReadonlyMap<number, number>, own: number): History {
  const weights = new Float32Array(history.items.length);
  const values = history.values.map((value, i) => {
    const other = others.get(history.items[i]!);
    weights[i] = (history.weights?.[i] ?? 1) * (other === undefined ? own : 1);
    return other === undefined ? value : own * value + (1 - own) * other;
  });
  return { ...history, values, weights };
}

/** Events of the partner alone, before the request where there are times. */
function extraEvents(
  { support, query, time }: Task,
  partner: History,
  { own, rng }: { own: number; rng: Rng },
): History {
  const taken = new Set([...support.items, ...query.items]);
  const { times } = partner;
  const rows = Array.from(partner.items.keys()).filter(
    (row) => !taken.has(partner.items[row]!) && (times === undefined || times[row]! <= (time ?? Infinity)),
  );
  const events = selectEvents(partner, Int32Array.from(rng.sample(rows, support.items.length)).sort());
  return { ...events, weights: new Float32Array(events.items.length).fill(1 - own) };
}

/** Both in one history: by time where there are times, else the second's first, for the latest events count most. */
function merge(own: History, extra: History): History {
  const joined: History = {
    items: Int32Array.from([...extra.items, ...own.items]),
    values: Float32Array.from([...extra.values, ...own.values]),
    weights: Float32Array.from([...(extra.weights ?? []), ...(own.weights ?? [])]),
    ...(own.unknown && { unknown: Uint8Array.from([...new Uint8Array(extra.items.length), ...own.unknown]) }),
  };
  if (own.times === undefined || extra.times === undefined) return joined;
  const times = Float64Array.from([...extra.times, ...own.times]);
  const order = Array.from(times.keys()).sort((a, b) => times[a]! - times[b]!);
  return selectEvents({ ...joined, times }, order);
}
