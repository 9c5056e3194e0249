import { add, mul, type Tensor } from "../tensor/index.ts";

/** What each member of a head has, by its number from 1, which stands in the names of exported files. */
export type ByMember<T> = Readonly<Record<string, T>>;

export function byMember<T>(list: readonly T[]): ByMember<T> {
  return Object.fromEntries(list.map((one, m) => [String(m + 1), one]));
}

export function each<T, U>(members: ByMember<T>, of: (one: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(members).map(([key, one]) => [key, of(one, key)]));
}

/** Members by their numbers; of an only one its own, so that its names have none. */
export function numbered<T>(members: ByMember<T>): T | ByMember<T> {
  const [first, second] = Object.values(members);
  return first === undefined || second !== undefined ? members : first;
}

/** @param docs by name, given what stands for the member in it: nothing for an only one, else `.1`, `.2` and so on */
export function memberDocs(
  members: ByMember<unknown>,
  docs: (number: string) => Readonly<Record<string, string>>,
): Record<string, string> {
  const keys = Object.keys(members);
  return Object.fromEntries(keys.flatMap((key) => Object.entries(docs(keys.length === 1 ? "" : `.${key}`))));
}

export function average(parts: readonly Tensor[]): Tensor {
  return mul(
    parts.reduce((a, b) => add(a, b)),
    1 / parts.length,
  );
}
