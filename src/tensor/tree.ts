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
