import { createRng, type Rng } from "../../src/base/rng.ts";
import { createDataset, type Dataset } from "../../src/data/dataset.ts";

const [USERS, ITEMS, EVENTS, WIDTH] = [240, 90, 16, 4];

/**
 * Items with a picture and a sound, as vectors, some of either missing: each picture shows which of two styles an item is of,
 * a sound is noise. Half of the people like the one style, half the other, and nothing else counts.
 *
 * `i0` to `i9` have no event. `i0`, `i1` have neither picture nor sound, and so have the warm `i10`, `i11`.
 *
 * @returns the data set; `style[i]` of item `i`, 1 or -1
 */
export function picturesWorld(): Dataset & { readonly style: readonly number[] } {
  const rng = createRng("pictures");
  const style = Array.from({ length: ITEMS }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const isBare = (i: number): boolean => [0, 1, 10, 11].includes(i);
  const picture = vectors(rng.split("pictures"), (i, normal) => {
    return isBare(i) || i % 5 === 2 ? undefined : style[i]! + 0.2 * normal();
  });
  const sound = vectors(rng.split("sounds"), (i, normal) =>
    isBare(i) || i % 4 === 3 ? undefined : normal(),
  );
  const events = Array.from({ length: USERS }, (_, user) =>
    watch(rng.split(user), style).map((event) => ({ user, ...event })),
  ).flat();
  const dataset = createDataset({
    name: "pictures",
    users: { ids: Array.from({ length: USERS }, (_, u) => `u${u}`), columns: {} },
    items: {
      ids: style.map((_, i) => `i${i}`),
      columns: {
        image: { kind: "vector", values: picture, width: WIDTH },
        audio: { kind: "vector", values: sound, width: WIDTH },
      },
    },
    interactions: {
      user: Int32Array.from(events, ({ user }) => user),
      item: Int32Array.from(events, ({ item }) => item),
      value: Float32Array.from(events, ({ value }) => value),
      time: Float64Array.from(events, (_, row) => 1_500_000_000 + 3600 * row),
    },
    scale: { min: 1, max: 5, liked: 4 },
    synthetic: true,
  });
  return { ...dataset, style };
}

/** `[items, WIDTH]`, NaN where there is none. */
function vectors(rng: Rng, number: (item: number, normal: () => number) => number | undefined): Float32Array {
  return Float32Array.from({ length: ITEMS * WIDTH }, (_, at) => {
    return number(Math.floor(at / WIDTH), () => rng.normal()) ?? Number.NaN;
  });
}

/** Mostly items of the style that somebody likes; a like where it is. */
function watch(rng: Rng, style: readonly number[]): { readonly item: number; readonly value: number }[] {
  const likes = rng.next() < 0.5 ? 1 : -1;
  const warm = style.map((_, i) => i).slice(10);
  const drawn = rng.shuffle(Int32Array.from(warm)).filter((i) => style[i] === likes || rng.next() < 0.25);
  return Array.from(drawn.slice(0, EVENTS), (item) => ({ item, value: style[item] === likes ? 5 : 1 }));
}
