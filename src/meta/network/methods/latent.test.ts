import { describe, expect, test } from "vitest";
import { checkGradient } from "../../../../testing/check-gradient.ts";
import {
  fullSpec,
  numbersAt,
  plainEvents,
  plainLayer,
  plainRelu,
  plainRows,
  sideBySide,
  someParams,
  tensorEvents,
  tensorRows,
} from "../../../../testing/networks.ts";
import { evaluate } from "../../../../testing/reference.ts";
import { createRng } from "../../../base/rng.ts";
import { losses } from "../../../models/losses.ts";
import { mlp } from "../../../models/mlp.ts";
import type { Params } from "../../../models/model.ts";
import { encodeSet } from "../../../models/set-encoder.ts";
import { constant, grad, type Tensor, zeros } from "../../../tensor/index.ts";
import type { MethodWorld, PriorTensors } from "../method.ts";
import { defaultNetworkConfig } from "../network-config.ts";
import { networkScore } from "../scoring.ts";
import { conditioned, divergence, type LatentEncoder, latentOf, together } from "./latent.ts";
import { neuralProcess } from "./neural-process.ts";
import { taskAdaptive } from "./task-adaptive.ts";

const rng = createRng(21);
const config = { ...defaultNetworkConfig, embeddingSize: 3, hidden: [4], proximity: 0.5 };
const world: MethodWorld = {
  model: mlp,
  spec: fullSpec,
  config,
  drop: (hidden) => hidden,
  noise: zeros,
  loss: losses.squared,
};
const support = plainEvents(fullSpec, 3, rng);
const query = plainEvents(fullSpec, 2, rng);
const rows = plainRows(fullSpec, 2, rng);
const numbers = (x: Tensor): number[] => [...evaluate([x], new Map())[0]!];
const close = (got: readonly number[], expected: readonly number[], digits = 10): void => {
  expect(got).toHaveLength(expected.length);
  got.forEach((x, i) => expect(x).toBeCloseTo(expected[i]!, digits));
};

function priorOf(method: typeof neuralProcess): PriorTensors {
  const network = someParams(mlp.shapes(fullSpec, config), rng.split("network"));
  return { network, own: someParams(method.shapes(world), rng.split("own")) };
}

function scores(method: typeof neuralProcess, events: typeof support): number[] {
  const prior = priorOf(method);
  const task = { support: tensorEvents(fullSpec, events) };
  const fast = method.adapt(world, prior, task);
  return numbers(method.score(world, prior, { fast, task, rows: tensorRows(fullSpec, rows) }));
}

describe.each([neuralProcess, taskAdaptive].map((m) => [m.name, m] as const))("%s", (_, method) => {
  test("the order of the support means nothing", () => {
    close(scores(method, support.toReversed()), scores(method, support));
  });

  test("padding is no event", () => {
    const padding = plainEvents(fullSpec, 2, rng.split("padding")).map((e) => ({ ...e, mask: 0 }));
    close(scores(method, [...support, ...padding]), scores(method, support));
    close(scores(method, padding), scores(method, []));
  });

  test("an event of weight two is the same event twice", () => {
    const [first, ...others] = support as [(typeof support)[0], ...typeof support];
    close(scores(method, [{ ...first, mask: 2 }, ...others]), scores(method, [first, ...support]));
  });

  test("the support's values move the scores", () => {
    const moved = support.map((event) => ({ ...event, value: event.value + 1 }));
    const before = scores(method, support);
    for (const [i, score] of scores(method, moved).entries())
      expect(Math.abs(score - before[i]!)).toBeGreaterThan(1e-3);
  });

  test("the penalty is the query's loss under all events, and the weighted divergence", () => {
    const prior = priorOf(method);
    const own = prior.own as unknown as { encoder: LatentEncoder<Tensor> };
    const task = { support: tensorEvents(fullSpec, support) };
    const asked = tensorEvents(fullSpec, query);
    const fast = method.adapt(world, prior, task);
    const penalty = method.penalty?.(world, prior, { fast, task, rows: asked, query: asked });
    const all = latentOf(own.encoder, tensorEvents(fullSpec, [...support, ...query]));
    const given = latentOf(own.encoder, task.support);
    const under = method.score(world, prior, { fast: { ...fast, latent: all.mean }, task, rows: asked });
    const expected = numbers(losses.squared(under, asked))[0]! + 0.5 * numbers(divergence(all, given))[0]!;
    close(numbers(penalty as Tensor), [expected]);
  });

  test("every parameter has a gradient", () => {
    const prior = priorOf(method);
    const task = { support: tensorEvents(fullSpec, support) };
    const asked = tensorEvents(fullSpec, query);
    const fit = {
      ...world,
      noise: (shape: readonly number[]) => constant(new Array<number>(shape[0]!).fill(0.7), shape),
    };
    const fast = method.adapt(fit, prior, task);
    const penalty = method.penalty?.(fit, prior, { fast, task, rows: asked, query: asked }) as Tensor;
    const served = losses.squared(method.score(fit, prior, { fast, task, rows: asked }), asked);
    for (const loss of [served, penalty]) {
      const leaves = Object.entries(flat(grad(loss, prior as never)));
      const dead = leaves.filter(([, g]) => numbers(g).every((x) => x === 0)).map(([path]) => path);
      expect(dead).toEqual([]);
    }
  });
});

function flat(tree: Params<Tensor>, under = ""): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) =>
      "op" in value ? [[under + key, value as Tensor]] : Object.entries(flat(value, `${under}${key}.`)),
    ),
  );
}

test("the set encoder: dense layers of row, row times value and value, summed over events, over one more", () => {
  const { own } = priorOf(neuralProcess);
  const { encoder } = own as unknown as { encoder: LatentEncoder<Tensor> };
  const each = support.map(({ row, value }) => {
    const x = sideBySide(row);
    return plainRelu(plainLayer(encoder, "layers.0", [...x, ...x.map((n) => n * value), value]));
  });
  const expected = each[0]!.map((_, i) => each.reduce((sum, h) => sum + h[i]!, 0) / 4);
  close(numbers(encodeSet(encoder.layers, tensorEvents(fullSpec, support))), expected);
});

test("the network is told of the latent by its biases and its last layer", () => {
  const { network, own } = priorOf(neuralProcess);
  const maps = (own as unknown as { condition: Params<Tensor> }).condition;
  expect(Object.keys(maps)).toEqual(["layers_0_bias", "head_weight", "head_bias"]);
  const z = [0.5, -1, 2];
  const told = conditioned(network, maps, constant(z, [3]));
  const shift = numbersAt(maps, "layers_0_bias");
  const bias = numbersAt(network, "layers.0.bias");
  const expected = bias.map((b, i) => b + z.reduce((sum, x, k) => sum + x * shift[k * bias.length + i]!, 0));
  close(numbersAt(told, "layers.0.bias"), expected);
  expect(numbersAt(told, "layers.0.weight")).toEqual(numbersAt(network, "layers.0.weight"));
});

test("divergence by hand: none from itself, log 2 + (1 + 4) / 8 - 1 / 2 from a wider one that is 2 apart", () => {
  const gaussian = (mean: number, spread: number) => ({
    mean: constant([mean], [1]),
    spread: constant([spread], [1]),
  });
  close(numbers(divergence(gaussian(3, 0.5), gaussian(3, 0.5))), [0]);
  close(numbers(divergence(gaussian(1, 1), gaussian(3, 2))), [Math.log(2) + 5 / 8 - 0.5], 7);
  const values = { mean: [0.3, -1], spread: [0.5, 2], other: [1, 0.2], wide: [0.7, 1.4] };
  checkGradient(
    ({ mean, spread, other, wide }) => divergence({ mean, spread }, { mean: other, spread: wide }),
    values,
  );
});

test("support and query become one set", () => {
  const both = together({ support: tensorEvents(fullSpec, support) }, tensorEvents(fullSpec, query));
  const whole = tensorEvents(fullSpec, [...support, ...query]);
  expect(Object.keys(both).toSorted()).toEqual(Object.keys(whole).toSorted());
  for (const name of Object.keys(whole) as (keyof typeof whole)[])
    expect(numbers(both[name] as Tensor)).toEqual(numbers(whole[name] as Tensor));
});

test("TaNP with its gates shut and no latent is the network itself, whatever the kind of task", () => {
  const prior = priorOf(taskAdaptive);
  const own = prior.own as unknown as { film: Record<string, Params<Tensor>> };
  const film = Object.fromEntries(
    Object.entries(own.film).map(([name, maps]) => {
      const { bias } = maps["gate"] as { bias: Tensor };
      const shut = constant(new Array<number>(bias.shape[0]!).fill(-60), bias.shape);
      return [name, { ...maps, gate: { ...(maps["gate"] as Params<Tensor>), bias: shut } }];
    }),
  );
  const task = { support: tensorEvents(fullSpec, support) };
  const fast = { ...taskAdaptive.adapt(world, prior, task), latent: zeros([3]) };
  const pairs = tensorRows(fullSpec, rows);
  const shut = { ...prior, own: { ...prior.own, film } } as PriorTensors;
  const plain = numbers(networkScore(world, prior.network, { support: task.support, rows: pairs }));
  close(numbers(taskAdaptive.score(world, shut, { fast, task, rows: pairs })), plain);
  const open = numbers(taskAdaptive.score(world, prior, { fast, task, rows: pairs }));
  expect(Math.abs(open[0]! - plain[0]!)).toBeGreaterThan(1e-3);
});

test("TaNP's memory adds the centres by how near they are, a layer's output is stretched and moved", () => {
  const prior = priorOf(taskAdaptive);
  const own = prior.own;
  const task = { support: tensorEvents(fullSpec, support) };
  const { kind } = taskAdaptive.adapt(world, prior, task) as { kind: Tensor };
  const layers = (own["identity"] as Params<Tensor>)["layers"] as never;
  const said = numbers(encodeSet(layers, task.support));
  const read = plainLayer(own, "identity.out", said);
  const centres = Array.from({ length: 8 }, (_, k) => numbersAt(own, "centres").slice(3 * k, 3 * k + 3));
  const near = centres.map((a) => 1 / (1 + a.reduce((sum, x, i) => sum + (x - read[i]!) ** 2, 0)));
  const total = near.reduce((a, b) => a + b, 0);
  const expected = read.map((x, i) => x + centres.reduce((sum, a, k) => sum + (near[k]! / total) * a[i]!, 0));
  close(numbers(kind), expected);
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const film = (name: string, map: string): number[] => plainLayer(own, `film.${name}.${map}`, expected);
  const modulate = (name: string, x: readonly number[]): number[] => {
    const gate = film(name, "gate").map(sigmoid);
    const [factor, shift] = [film(name, "factor").map(Math.tanh), film(name, "shift").map(Math.tanh)];
    return x.map((y, i) => y * (1 + gate[i]! * factor[i]!) + gate[i]! * shift[i]!);
  };
  const fast = { kind, latent: zeros([3]) };
  const got = numbers(taskAdaptive.score(world, prior, { fast, task, rows: tensorRows(fullSpec, rows) }));
  const byHand = rows.map((row) => {
    const hidden = plainRelu(modulate("layers_0", plainLayer(prior.network, "layers.0", sideBySide(row))));
    return modulate("head", plainLayer(prior.network, "head", hidden))[0]!;
  });
  close(got, byHand, 9);
});
