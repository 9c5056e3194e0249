/** Parameters, gradients, feeds: plain nested objects. A leaf is whatever is not a plain object. */
export type Tree<T> = { readonly [key: string]: T | Tree<T> };

/** The same nesting with other leaves. */
export type MapTree<X, T, U> = X extends T ? U : { readonly [K in keyof X]: MapTree<X[K], T, U> };

function isBranch(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !("op" in value && "inputs" in value)
  );
}

/** Leaves in key order with their dotted paths. @example flatten({ a: { b: x }, c: y }); // [["a.b", x], ["c", y]] */
export function flatten<T>(tree: Tree<T> | T, path = ""): [path: string, leaf: T][] {
  if (!isBranch(tree)) return [[path, tree]];
  return Object.entries(tree).flatMap(([key, value]) => flatten(value, path === "" ? key : `${path}.${key}`));
}

/**
 * Rebuilds the nesting of `tree` with leaves made by `map(leaf, path)`.
 *
 * @example const velocity = mapTree(params, (p) => zeros(p.shape));
 */
export function mapTree<X, T, U>(tree: X, map: (leaf: T, path: string) => U, path = ""): MapTree<X, T, U> {
  if (!isBranch(tree)) return map(tree as unknown as T, path) as MapTree<X, T, U>;
  const entries = Object.entries(tree).map(([key, value]) => [
    key,
    mapTree<unknown, T, U>(value, map, path === "" ? key : `${path}.${key}`),
  ]);
  return Object.fromEntries(entries) as MapTree<X, T, U>;
}

/** The leaves whose path is wanted, in their nesting. @example pick(params, (path) => path.endsWith("bias")) */
export function pick<T>(tree: Tree<T>, wanted: (path: string) => boolean, under = ""): Tree<T> {
  const kept: [string, T | Tree<T>][] = [];
  for (const [key, value] of Object.entries(tree)) {
    const path = `${under}${key}`;
    if (!isBranch(value)) {
      if (wanted(path)) kept.push([key, value]);
      continue;
    }
    const below = pick(value, wanted, `${path}.`);
    if (Object.keys(below).length > 0) kept.push([key, below]);
  }
  return Object.fromEntries(kept);
}

/** `tree`, with the leaves of `over` in the place of its own; what `over` has besides is left out. */
export function overlay<T>(tree: Tree<T>, over: Tree<T>): Tree<T> {
  const laid = Object.entries(tree).map(([key, value]): [string, T | Tree<T>] => {
    const above = over[key];
    if (above === undefined) return [key, value];
    return [key, isBranch(value) && isBranch(above) ? overlay(value, above) : above];
  });
  return Object.fromEntries(laid);
}
