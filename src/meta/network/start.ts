import type { Rng } from "../../base/rng.ts";
import { fieldSize } from "../../encoders/encoder.ts";
import type { Shape } from "../../tensor/index.ts";
import { initParams, type Start } from "../params.ts";
import type { PartName } from "./part-names.ts";
import { eachPart, tableRows } from "./tables.ts";
import type { NetworkPrior } from "./types.ts";
import { type NetworkWorld, priorShapes } from "./world.ts";

/** Draws a prior: weights by the rule that `config.start` names, unless network or method say otherwise. */
export function initPrior(world: NetworkWorld, rng: Rng): NetworkPrior {
  const { model, method, config } = world;
  const ruled = config.start === "torch" ? torchStart(priorShapes(world)) : heStart;
  const params = initParams(priorShapes(world), rng.split("params"), (path, shape) => {
    const [part, ...rest] = path.split(".");
    const name = rest.join(".");
    const own = part === "own" ? method.start?.(name, shape, config) : model.start?.(name, shape);
    return own ?? ruled(path, shape);
  });
  return { params, tables: eachPart((name) => drawTable(world, name, rng.split(name))) };
}

type Rule = (path: string, shape: Shape) => Start;

/** He's normal weights (He et al. 2015), and nothing else. */
const heStart: Rule = (path, [inputs]) =>
  path.endsWith("weight") ? { deviation: Math.sqrt(2 / (inputs as number)) } : { fill: 0 };

/** Weights and biases of a layer uniform within one over the square root of its inputs: PyTorch's `nn.Linear`. */
function torchStart(shapes: ReturnType<typeof priorShapes>): Rule {
  const inputsOf = (path: string): number | undefined => {
    const layer = path.split(".").slice(0, -1);
    const found = [...layer, "weight"].reduce<unknown>(
      (at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key],
      shapes,
    );
    return (found as Shape | undefined)?.[0];
  };
  return (path) => {
    const inputs = inputsOf(path);
    return inputs === undefined ? { fill: 0 } : { bound: 1 / Math.sqrt(inputs) };
  };
}

function drawTable(world: NetworkWorld, name: PartName, rng: Rng): Float32Array {
  const size = world.config.embeddingSize;
  const length = tableRows(world)[name] * size;
  if (world.config.start === "he") return Float32Array.from({ length }, () => 0.1 * rng.normal());
  const table = Float32Array.from({ length }, () => rng.normal());
  if (name === "item") drawLists(world, table, rng.split("lists"));
  return table;
}

/** A list-valued attribute is a dense layer on ones and zeros (MeLU's code), and so starts as such layers do. */
function drawLists({ catalogue, config }: NetworkWorld, table: Float32Array, rng: Rng): void {
  let at = 0;
  for (const { column, field } of catalogue.encoder.fields) {
    const tokens = fieldSize(field);
    const end = at + tokens * config.embeddingSize;
    if (catalogue.items.columns[column]?.kind === "multi")
      for (let i = at; i < end; i++) table[i] = (2 * rng.next() - 1) / Math.sqrt(tokens);
    at = end;
  }
}
