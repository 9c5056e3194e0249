/** The smallest power of two that holds `n`, at least `least`: few program shapes serve all sizes. */
export function bucketOf(n: number, least: number): number {
  let size = least;
  while (size < n) size *= 2;
  return size;
}

/** Remembers what `make` returned for a key; programs are compiled once per shape. */
export function memo<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
  };
}

/** `values` followed by zeros. */
export function padded(values: ArrayLike<number>, size: number): Float32Array {
  const out = new Float32Array(size);
  out.set(values);
  return out;
}

/** The smallest of `2^k`, `5/4`, `6/4` and `7/4` of it that holds `n`, at least 16: for long lists, where padding costs. */
export function roomFor(n: number): number {
  const below = bucketOf(Math.ceil((n + 1) / 2), 8);
  return (
    [4, 5, 6, 7].map((quarter) => (below * quarter) / 4).find((size) => size >= n && size >= 16) ?? 2 * below
  );
}

/** Runs pieces of work one after another, in the order they were asked for: for whoever keeps large arrays between calls. */
export function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}
