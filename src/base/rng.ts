/**
 * A seeded random stream. Streams are split by label, so adding a consumer never shifts the numbers of another.
 * Configurations hold seeds, never streams.
 */
export interface Rng {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform integer in [0, n). */
  int(n: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** A new independent stream; depends on this stream's seed and the label only, not on how much was drawn. */
  split(label: string | number): Rng;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(values: ArrayLike<T>): T[];
  /** `k` distinct elements in random order (all of them when there are fewer). */
  sample<T>(values: ArrayLike<T>, k: number): T[];
}

/** FNV-1a followed by the finaliser of MurmurHash3: 32 well-mixed bits of a string. */
export function hash32(text: string, seed = 0): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Creates a stream (sfc32, by Chris Doty-Humphrey; passes PractRand).
 *
 * @example const rng = createRng(7).split("split"); rng.int(10);
 */
export function createRng(seed: number | string): Rng {
  const key = String(seed);
  let [a, b, c, counter] = [hash32(key, 1), hash32(key, 2), hash32(key, 3), 1];
  let spare: number | undefined;
  const next = (): number => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  const int = (n: number): number => Math.floor(next() * n);
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const sample = <T>(values: ArrayLike<T>, k: number): T[] => {
    const pool = Array.from(values);
    const count = Math.min(k, pool.length);
    for (let i = 0; i < count; i++) {
      const j = i + int(pool.length - i);
      [pool[i], pool[j]] = [pool[j] as T, pool[i] as T];
    }
    return pool.slice(0, count);
  };
  return {
    next,
    int,
    normal,
    split: (label) => createRng(`${key}/${label}`),
    shuffle: (values) => sample(values, values.length),
    sample,
  };
}
