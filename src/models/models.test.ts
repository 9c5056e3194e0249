import { describe, expect, test } from "vitest";
import { checkGradient } from "../../testing/check-gradient.ts";
import {
  fullSpec,
  itemSpec,
  plainEvents,
  plainRows,
  scoresOf,
  scoreTensor,
  someParams,
  tensorEvents,
  tensorRows,
  trialParams,
} from "../../testing/networks.ts";
import { evaluate } from "../../testing/reference.ts";
import { createRng } from "../base/rng.ts";
import {
  compile,
  flatten,
  input,
  map,
  mapTree,
  type Shape,
  stack,
  type Tensor,
  type Tree,
} from "../tensor/index.ts";
import { gated } from "./gated.ts";
import type { Events, Params, RowSpec, Rows } from "./model.ts";
import { modelNamed, models } from "./models.ts";

const options = { hidden: [4, 3], dropout: 0.5 };
const denseOnly: RowSpec = { size: 2, user: 0, item: 0, userId: 0, itemId: 0, dense: 2 };
const userOnly: RowSpec = { ...denseOnly, user: 2, dense: 0 };
const rng = createRng(3);
const rows = plainRows(fullSpec, 4, rng);
const support = plainEvents(fullSpec, 3, rng);

test("a name nobody has is refused with those that are known", () => {
  expect(modelNamed("mlp").name).toBe("mlp");
  expect(() => modelNamed("perceptron")).toThrow(/one of mlp, fm, deep-fm, ncf, two-tower, sequence/);
});

const joinedAndGated = [
  ...models.map((model) => [model.name, model] as const),
  ...models.map((model) => [`${model.name}, gated`, gated(model)] as const),
];

describe.each(joinedAndGated)("%s", (_, model) => {
  const trial = { model, spec: fullSpec, rows, support };

  test("a pair's score does not depend on the pairs beside it", () => {
    const all = scoresOf(trial);
    expect(all).toHaveLength(4);
    rows.forEach((row, i) => expect(scoresOf({ ...trial, rows: [row] })[0]).toBeCloseTo(all[i]!, 12));
  });

  test.each(["user", "userId", "item", "itemId", "dense"] as const)("reads %s", (part) => {
    const moved = rows.map((row) => ({ ...row, [part]: row[part].with(0, 9) }));
    const [before, after] = [scoresOf(trial), scoresOf({ ...trial, rows: moved })];
    before.forEach((score, i) => expect(Math.abs(score - after[i]!)).toBeGreaterThan(1e-6));
  });

  test.each([
    ["items alone", itemSpec],
    ["plain numbers alone", denseOnly],
    ["people's attributes alone", userOnly],
  ])("works with %s, all its parameters have numbers", (_name, spec) => {
    const shapes = flatten<Shape>(model.shapes(spec, options));
    expect(shapes.every(([, shape]) => shape.every((n) => n > 0))).toBe(true);
    const few = { model, spec, rows: plainRows(spec, 2, rng.split("few")), support: [] };
    expect(scoresOf(few).every(Number.isFinite)).toBe(true);
  });

  test("every parameter moves the score", () => {
    const params = trialParams(trial);
    const before = scoresOf(trial);
    for (const [path, leaf] of flatten<Tensor>(params)) {
      const other = someParams({ leaf: leaf.shape }, createRng(11))["leaf"] as Tensor;
      const moved = mapTree<Params<Tensor>, Tensor, Tensor>(params, (own, at) => (at === path ? other : own));
      const after = [...evaluate([scoreTensor(trial, moved)], new Map())[0]!];
      const unread = path.endsWith("keys.bias");
      expect([path, after.some((score, i) => Math.abs(score - before[i]!) > 1e-9)]).toEqual([path, !unread]);
    }
  });

  test("padding of the support changes nothing, its events only what reads them", () => {
    const padding = plainEvents(fullSpec, 2, rng.split("padding")).map((event) => ({ ...event, mask: 0 }));
    const padded = scoresOf({ ...trial, support: [...support, ...padding] });
    scoresOf(trial).forEach((score, i) => expect(padded[i]).toBeCloseTo(score, 12));
    const none = scoresOf({ ...trial, support: [] });
    const onlyPadding = scoresOf({ ...trial, support: padding });
    none.forEach((score, i) => expect(onlyPadding[i]).toBeCloseTo(score, 12));
    const reads = scoresOf(trial).some((score, i) => Math.abs(score - none[i]!) > 1e-6);
    expect(reads).toBe(model.readsSupport ?? false);
  });

  test("the head is a part of the network, and not all of it", () => {
    const paths = flatten<Shape>(model.shapes(fullSpec, options)).map(([path]) => path);
    for (const head of model.head) expect(paths.some((path) => path.startsWith(`${head}.`))).toBe(true);
    expect(paths.every((path) => model.head.some((head) => path.startsWith(`${head}.`)))).toBe(false);
  });

  test("drops units where there are hidden layers", () => {
    let dropped = 0;
    const count = (x: Tensor): Tensor => {
      dropped++;
      return x;
    };
    const events = tensorEvents(fullSpec, support);
    const scoring = { spec: fullSpec, options, support: events, drop: count };
    model.score(trialParams(trial), tensorRows(fullSpec, rows), scoring);
    expect(dropped > 0).toBe(model.name !== "fm");
  });

  test("first and second derivatives agree with central differences", () => {
    const spec = { ...itemSpec, size: 2, user: 1, dense: 1 };
    const small = {
      model,
      spec,
      rows: plainRows(spec, 2, rng.split("small")),
      support: plainEvents(spec, 2, rng),
    };
    const shapes = flatten<Shape>(model.shapes(spec, { hidden: [2], dropout: 0 }));
    const start = someParams(
      Object.fromEntries(shapes.map(([path, shape]) => [name(path), shape])),
      createRng(5),
    );
    const values = Object.fromEntries(
      Object.entries(start).map(([path, x]) => [path, valueOfConstant(x as Tensor)]),
    );
    checkGradient(
      (inputs) => {
        const params = mapTree<Params<Shape>, Shape, Tensor>(
          model.shapes(spec, { hidden: [2], dropout: 0 }),
          (_shape, path) => inputs[name(path)]!,
        );
        return scoreTensor({ ...small, options: { hidden: [2], dropout: 0 } }, params);
      },
      values,
      { tolerance: 1e-5, order: model.readsSupport ? 1 : 2 },
    );
  });

  test("a program over tasks gives what each task gives alone", async () => {
    const tasks = [0, 1].map((i) => ({
      rows: plainRows(fullSpec, 3, rng.split(`rows ${i}`)),
      support: plainEvents(fullSpec, 2, rng.split(`support ${i}`)),
    }));
    const feeds = tasks.map((task) => ({
      rows: tensorRows(fullSpec, task.rows),
      support: tensorEvents(fullSpec, task.support),
    }));
    const [first, second] = feeds as [(typeof feeds)[0], (typeof feeds)[0]];
    const both = mapTree<typeof first, Tensor, Tensor>(first, (leaf, path) => {
      const other = new Map(flatten<Tensor>(second)).get(path)!;
      return stack([leaf, other]);
    }) as unknown as Tree<Tensor>;
    const params = trialParams(trial);
    const score = map<Tree<Tensor>, Tensor>(
      (task) =>
        model.score(params, task["rows"] as Rows, {
          spec: fullSpec,
          options,
          support: task["support"] as Events,
          drop: (x) => x,
        }),
      both,
    );
    const unused = input("unused", [1]);
    const program = await compile({ unused }, { score }, {});
    const { score: got } = await program.run({ unused: new Float32Array(1) });
    await program.release();
    const alone = tasks.flatMap((task) => scoresOf({ model, spec: fullSpec, ...task }));
    alone.forEach((expected, i) => expect(got[i]).toBeCloseTo(expected, 4));
  });
});

const name = (path: string): string => path.replaceAll(".", "_");

function valueOfConstant(x: Tensor) {
  return { shape: x.shape, data: evaluate([x], new Map())[0]!, dtype: "float32" as const };
}
