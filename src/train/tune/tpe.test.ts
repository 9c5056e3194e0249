import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import type { Settings, Space } from "../../base/settings.ts";
import type { Measured, Suggest } from "./search.ts";
import { parzenDensity, randomSearch, tpe } from "./tpe.ts";

const space: Space = {
  rate: { kind: "number", low: 1e-4, high: 1, log: true },
  size: { kind: "integer", low: 1, high: 64 },
  loss: { kind: "choice", of: ["a", "b", "c", "d"] },
};

/** Least at rate .01, size 20, loss "c". */
function bowl({ rate, size, loss }: Settings): number {
  const [x, y] = [Math.log10(Number(rate)) + 2, (Number(size) - 20) / 16];
  return x * x + y * y + (loss === "c" ? 0 : 1);
}

function bestAfter(suggest: Suggest, trials: number, seed: number): number {
  const history: Measured[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const settings = suggest(space, history, createRng(seed).split(trial));
    history.push({ settings, value: bowl(settings) });
  }
  return Math.min(...history.map(({ value }) => value));
}

test("TPE comes nearer to the optimum of a known function than random search, over many seeds", () => {
  const seeds = Array.from({ length: 24 }, (_, seed) => seed);
  const ours = seeds.map((seed) => bestAfter(tpe(), 50, seed));
  const theirs = seeds.map((seed) => bestAfter(randomSearch, 50, seed));
  const won = ours.filter((value, seed) => value < (theirs[seed] ?? 0)).length;
  // A fair coin gives 18 of 24 or more with probability .011.
  expect(won).toBeGreaterThanOrEqual(18);
  const median = (values: number[]): number => values.sort((a, b) => a - b)[12] ?? Number.NaN;
  expect(median(ours)).toBeLessThan(0.5 * median(theirs));
});

test("the same history and stream give the same suggestion; failures count as bad and are no distances", () => {
  const history = Array.from({ length: 30 }, (_, i): Measured => {
    const settings = randomSearch(space, [], createRng(i));
    return { settings, value: settings["loss"] === "a" ? Number.NaN : bowl(settings) };
  });
  const suggest = (seed: number): Settings => tpe()(space, history, createRng(seed));
  expect(suggest(1)).toEqual(suggest(1));
  const losses = Array.from({ length: 40 }, (_, seed) => suggest(seed)["loss"]);
  expect(losses.filter((loss) => loss === "a").length).toBeLessThan(4);
});

test("what is tried next is good and not also bad: of two good places the one without failures beside it", () => {
  const line: Space = { x: { kind: "number", low: 0, high: 1 } };
  const at = (x: number, value: number): Measured => ({ settings: { x }, value });
  const better = [0.18, 0.2, 0.22, 0.78, 0.8, 0.82].map((x) => at(x, 0));
  const worse = Array.from({ length: 54 }, (_, i) => at(0.65 + (0.3 * i) / 54, 1));
  const next = Array.from({ length: 40 }, (_, seed) =>
    Number(tpe()(line, [...better, ...worse], createRng(seed))["x"]),
  );
  expect(next.filter((x) => x < 0.5).length).toBeGreaterThan(36);
});

test("a density integrates to one over [0, 1] and is drawn from as it says", () => {
  const density = parzenDensity([0.02, 0.1, 0.12, 0.9]);
  const grid = Array.from({ length: 2000 }, (_, i) => (i + 0.5) / 2000);
  const mass = grid.reduce((sum, x) => sum + density.at(x), 0) / grid.length;
  expect(mass).toBeCloseTo(1, 4);
  const rng = createRng(3);
  const drawn = Array.from({ length: 20_000 }, () => density.sample(rng));
  for (const edge of [0.05, 0.2, 0.5, 0.8]) {
    const below = grid.filter((x) => x < edge).reduce((sum, x) => sum + density.at(x), 0) / grid.length;
    expect(drawn.filter((x) => x < edge).length / drawn.length).toBeCloseTo(below, 1.7);
  }
});
