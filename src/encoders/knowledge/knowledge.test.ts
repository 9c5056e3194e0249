import { expect, test } from "vitest";
import type { Table } from "../../data/dataset.ts";
import { distMultDefaults, distMultLearner, fitDistMult } from "./distmult.ts";
import { graphOf, type Triple, triplesOf } from "./graph.ts";
import { withGraphVectors } from "./graph-columns.ts";
import { propagate, propagateDefaults, propagateFrom } from "./propagate.ts";

const films: Table = {
  ids: ["f0", "f1", "f2"],
  columns: {
    director: { kind: "multi", values: [["Ann"], ["Ann", "Bob"], []] },
    actor: { kind: "categorical", values: [undefined, "Cy", "Bob"] },
    year: { kind: "numeric", values: Float64Array.of(1990, 1991, 1992) },
  },
};

test("facts of attributes, and the graph of them, by hand", () => {
  expect(triplesOf(films)).toEqual([
    ["f0", "director", "Ann"],
    ["f1", "director", "Ann"],
    ["f1", "director", "Bob"],
    ["f1", "actor", "Cy"],
    ["f2", "actor", "Bob"],
  ]);
  // Cy links nothing; Bob directs and acts, and is one node. A fact told twice is one.
  const graph = graphOf(films.ids, [...triplesOf(films), ["f0", "director", "Ann"]]);
  expect([graph.items, graph.nodes, graph.relations]).toEqual([3, 5, ["director", "actor"]]);
  expect([...graph.heads]).toEqual([0, 1, 1, 2]);
  expect([...graph.tails]).toEqual([3, 3, 4, 4]);
  expect([...graph.kinds]).toEqual([0, 0, 0, 1]);
});

test("facts about entities link items, too; what has no categories is refused", () => {
  const facts: Triple[] = [
    ["f0", "by", "Ann"],
    ["f2", "by", "Bob"],
    ["Ann", "from", "Rome"],
    ["Bob", "from", "Rome"],
    ["f1", "sequel of", "f0"],
  ];
  const graph = graphOf(films.ids, facts);
  expect([graph.nodes, graph.heads.length]).toEqual([6, 5]);
  expect(() => triplesOf(films, ["year"])).toThrow(/attribute of categories: director, actor, got "year"/);
  expect(() => graphOf(films.ids, [["f0", "by", "Ann"]])).toThrow(/facts that link items.*got none among 1/);
});

test("two hops by hand", () => {
  // f0 - Ann - f1, f2 alone.
  const graph = graphOf(films.ids, [
    ["f0", "by", "Ann"],
    ["f1", "by", "Ann"],
  ]);
  const start = Float32Array.of(3, 4, 1, 0, 9, 9, 0, 2);
  const found = [...propagateFrom(graph, start, { width: 2, hops: [1, 0.5] })];
  // After a hop both films have Ann's (0, 2), Ann the mean (2, 2); after two Ann's is (0, 2) and each film's (2, 2).
  const [one, half] = [Math.SQRT1_2, Math.SQRT1_2 / 2];
  const film = [half, 1 + half];
  const want = [...film, ...film, Number.NaN, Number.NaN, one, one + 0.5];
  expect(found.map((v) => Math.round(v * 1e5))).toEqual(want.map((v) => Math.round(v * 1e5)));
});

/** Two series of films that share their makers, and nothing across: who belongs together is known. */
const series = ((): { ids: string[]; facts: Triple[] } => {
  const ids = Array.from({ length: 20 }, (_, film) => `film ${film}`);
  const facts = ids.flatMap((id, film): Triple[] => [
    [id, "director", `director ${film % 2} ${Math.floor(film / 2) % 3}`],
    [id, "actor", `actor ${film % 2} ${Math.floor(film / 2) % 4}`],
  ]);
  return { ids, facts };
})();

function cosine(table: Float32Array, width: number, [a, b]: readonly [number, number]): number {
  const [x, y] = [a, b].map((row) => table.subarray(row * width, (row + 1) * width)) as [
    Float32Array,
    Float32Array,
  ];
  const dot = (u: Float32Array, v: Float32Array): number =>
    u.reduce((sum, value, k) => sum + value * v[k]!, 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

test("propagation: films of a series are near each other, also those that share nobody", () => {
  const graph = graphOf(series.ids, series.facts);
  const config = { ...propagateDefaults, hops: [0, 0, 0, 0, 0, 0, 1, 1] };
  const vectors = propagate(graph, config);
  // Films 0 and 2 share neither director nor actor, yet walks meet.
  expect(cosine(vectors, config.width, [0, 2])).toBeGreaterThan(0.8);
  expect(Math.abs(cosine(vectors, config.width, [0, 1]))).toBeLessThan(0.3);
});

test("a step of DistMult by hand: the first of AdaGrad is as long as the learning rate", () => {
  const model = {
    width: 2,
    nodes: Float32Array.of(1, -1, 0.5, 2),
    relations: Float32Array.of(2, 1),
  };
  const learn = distMultLearner(model, { learningRate: 0.1, regularisation: 0 });
  learn(0, 0, 1, true);
  // The slope of a fact is negative: everything moves along r t, h t and h r.
  const close = (values: readonly number[]) => values.map((v) => expect.closeTo(v, 4));
  expect([...model.nodes]).toEqual(close([1.1, -0.9, 0.6, 1.9]));
  expect([...model.relations]).toEqual(close([2.1, 0.9]));
});

test("DistMult: facts that hold have better odds than others of the same relation", async () => {
  const graph = graphOf(series.ids, series.facts);
  const { nodes, relations, width } = await fitDistMult(graph, {
    ...distMultDefaults,
    width: 16,
    epochs: 60,
  });
  const odds = (head: number, kind: number, tail: number): number => {
    let sum = 0;
    for (let k = 0; k < width; k++)
      sum += nodes[head * width + k]! * relations[kind * width + k]! * nodes[tail * width + k]!;
    return sum;
  };
  const facts = new Set([...graph.heads.keys()].map((edge) => `${graph.heads[edge]} ${graph.tails[edge]}`));
  let [right, all] = [0, 0];
  graph.heads.forEach((head, edge) => {
    const kind = graph.kinds[edge]!;
    for (const tail of new Set(graph.tails.filter((_, other) => graph.kinds[other] === kind))) {
      if (facts.has(`${head} ${tail}`)) continue;
      all++;
      right += Number(odds(head, kind, graph.tails[edge]!) > odds(head, kind, tail));
    }
  });
  expect(right / all).toBeGreaterThan(0.95);
});

test.each(["graph", "distmult"])("%s: a column of vectors, missing where nothing is known", async (name) => {
  const table = { ids: [...series.ids, "alone"], columns: {} };
  const { columns } = await withGraphVectors(table, name, series.facts, {
    progress: { start: () => ({ update() {}, finish() {} }) },
  });
  const column = columns[`relations by ${name}`];
  if (column?.kind !== "vector") throw new Error("expected vectors");
  expect(column.values.length).toBe(21 * column.width);
  expect(column.values.subarray(0, 20 * column.width).every(Number.isFinite)).toBe(true);
  expect(column.values[20 * column.width]).toBeNaN();
});
