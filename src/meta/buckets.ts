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
