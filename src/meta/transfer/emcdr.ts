import type { RunContext } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import {
  add,
  compile,
  input,
  matmul,
  mean,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
} from "../../tensor/index.ts";
import { type HostParams, initParams, paramInputs } from "../params.ts";
import { fitMap, type MapConfig } from "./fit-map.ts";

export interface EmcdrConfig extends MapConfig {
  /** Units of the hidden layer; 0 for a linear map. */
  readonly hidden: number;
}

/** The same people in two domains. `[people, width]` each */
export interface VectorPairs {
  readonly width: number;
  readonly source: Float32Array;
  readonly target: Float32Array;
}

/**
 * EMCDR (Man, Shen, Jin and Cheng 2017): a map `f` from people's vectors in the source to their vectors in the target,
 * `min mean_u |f(x_u) - y_u|^2` over the people of both; linear, or one hidden layer of tanh. Both sides are scaled to a
 * mean square of 1 first.
 *
 * @returns maps one vector `[width]`
 * @throws CANCELLED
 * @example const map = await fitEmcdr(pairs, { hidden: 128, epochs: 100, batchTasks: 128, learningRate: 1e-3, weightDecay: 0, seed: 1 });
 */
export async function fitEmcdr(
  { width, source, target }: VectorPairs,
  config: EmcdrConfig,
  context?: RunContext,
): Promise<(vector: Float32Array) => Promise<Float32Array>> {
  const shapes = shapesOf(width, config.hidden);
  const [from, to] = [rootMeanSquare(source), rootMeanSquare(target)];
  const [xs, ys] = [source.map((v) => v / from), target.map((v) => v / to)];
  const shape = [config.batchTasks, width];
  const [x, y] = [input("x", shape), input("y", shape)];
  const params = await fitMap(
    {
      name: "EMCDR",
      people: source.length / width,
      shapes,
      start: startOf(shapes, config),
      inputs: { x, y },
      loss: (tensors) => mean(sum(square(sub(mapped(tensors as Layers<Tensor>, x), y)), 1)),
      feed: (rows) => ({ x: takeRows(xs, width, rows), y: takeRows(ys, width, rows) }),
    },
    config,
    context,
  );
  return runnerOf(shapes, params, { width, from, to });
}

interface Layers<T> {
  readonly [key: string]: T;
  readonly output: T;
  readonly bias: T;
}

function shapesOf(width: number, hidden: number): Layers<readonly number[]> {
  const layer = { output: [hidden || width, width], bias: [width] };
  return hidden === 0 ? layer : { ...layer, hidden: [width, hidden], offset: [hidden] };
}

function startOf(shapes: Layers<readonly number[]>, { seed }: EmcdrConfig): HostParams {
  return initParams(shapes, createRng(seed).split("EMCDR start"), (_, { 0: inputs = 1, length }) =>
    length === 1 ? { fill: 0 } : { deviation: 1 / Math.sqrt(inputs) },
  );
}

/** `[rows, width]` to `[rows, width]` */
function mapped({ hidden, offset, output, bias }: Layers<Tensor>, x: Tensor): Tensor {
  const features = hidden && offset ? tanh(add(matmul(x, hidden), offset)) : x;
  return add(matmul(features, output), bias);
}

interface Scales {
  readonly width: number;
  readonly from: number;
  readonly to: number;
}

async function runnerOf(
  shapes: Layers<readonly number[]>,
  params: HostParams,
  { width, from, to }: Scales,
): Promise<(vector: Float32Array) => Promise<Float32Array>> {
  const tensors = paramInputs(shapes) as Layers<Tensor>;
  const x = input("x", [1, width]);
  const program = await compile({ params: tensors, x }, { y: mapped(tensors, x) });
  return async (vector) => {
    const feeds = { params, x: vector.map((v) => v / from) };
    const { y } = await program.run(feeds as never);
    return y.map((v) => v * to);
  };
}

export function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((total, v) => total + v * v, 0) / Math.max(1, values.length)) || 1;
}

function takeRows(table: Float32Array, width: number, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, at) => out.set(table.subarray(row * width, (row + 1) * width), at * width));
  return out;
}
