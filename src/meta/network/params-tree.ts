import type { Params } from "../../models/model.ts";
import { flatten } from "../../tensor/index.ts";

/** The leaves whose path is wanted, in their nesting. */
export function pick<T>(tree: Params<T>, wanted: (path: string) => boolean, under = ""): Params<T> {
  const kept: [string, T | Params<T>][] = [];
  for (const [key, value] of Object.entries(tree)) {
    const path = `${under}${key}`;
    if (isLeaf(value)) {
      if (wanted(path)) kept.push([key, value]);
      continue;
    }
    const below = pick(value, wanted, `${path}.`);
    if (Object.keys(below).length > 0) kept.push([key, below]);
  }
  return Object.fromEntries(kept);
}

/** `tree`, with the leaves of `over` in the place of its own. */
export function overlay<T>(tree: Params<T>, over: Params<T>): Params<T> {
  const laid = Object.entries(tree).map(([key, value]): [string, T | Params<T>] => {
    const above = over[key];
    if (above === undefined) return [key, value];
    return [key, isLeaf(value) || isLeaf(above) ? above : overlay(value, above)];
  });
  return Object.fromEntries(laid);
}

function isLeaf<T>(value: T | Params<T>): value is T {
  return flatten<T>(value)[0]?.[0] === "";
}
