import { type Layer, type Layers, layerShape } from "../../../models/layers.ts";
import type { Params } from "../../../models/model.ts";
import { denseVector, encodeSet } from "../../../models/set-encoder.ts";
import {
  add,
  div,
  flatten,
  mapTree,
  matmul,
  mul,
  reciprocal,
  reshape,
  type Shape,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  unsqueeze,
} from "../../../tensor/index.ts";
import type { Fitted, Method, MethodWorld, PriorTensors } from "../method.ts";
import { networkScore } from "../scoring.ts";
import {
  conditioned,
  conditionShapes,
  divergence,
  drawLatent,
  type LatentEncoder,
  latentOf,
  latentShapes,
  together,
} from "./latent.ts";
import { boundOf } from "./neural-process.ts";

/** Kinds of tasks that the memory tells apart. */
const CENTRES = 8;

interface Own<T> extends Params<T> {
  readonly encoder: LatentEncoder<T>;
  readonly condition: Params<T>;
  /** Reads the support as what kind of task it is. */
  readonly identity: { readonly layers: Layers<T>; readonly out: Layer<T> };
  /** Of the kinds of tasks. `[CENTRES, size]` */
  readonly centres: T;
  /** How the kind of task modulates a layer, by the layer's name. */
  readonly film: Readonly<Record<string, Film<T>>>;
}

/** Maps of the kind of task to a factor, a shift and a gate for each unit. */
interface Film<T> extends Params<T> {
  readonly factor: Layer<T>;
  readonly shift: Layer<T>;
  readonly gate: Layer<T>;
}

/**
 * A task-adaptive neural process (Lin et al. 2021, TaNP): beside the latent, a second set encoder reads what kind of task
 * the support is; a memory of kinds adds the centres it is near to (Student-t weights, as in deep embedded clustering);
 * and what comes out modulates the layers of the decoder by gated factors and shifts.
 *
 * Three things differ from the paper. Factors are `1 + gate * tanh(.)` in the place of a convex mix of two tanh, so that
 * the decoder starts as it is. Modulated weights are what a task keeps: `(x W + b) * factor + shift` is a layer again.
 * And the clustering loss is left out: its target needs all tasks of a batch at once, a penalty sees one.
 */
export const taskAdaptive: Method = {
  name: "task-adaptive",
  title: "TaNP",
  shapes: (world): Params<Shape> => {
    const encoder = latentShapes(world);
    const size = world.config.embeddingSize;
    return {
      encoder,
      condition: conditionShapes(world),
      identity: { layers: encoder.layers, out: encoder.mean },
      centres: [CENTRES, size],
      film: filmShapes(world, size),
    };
  },
  start(path) {
    if (path === "centres") return { deviation: 1 };
    const modulates = path.startsWith("condition.") || /^film\..*weight$/.test(path);
    return modulates ? { deviation: 0.1 } : undefined;
  },
  adapt(world, { own }, { support }) {
    const { encoder, identity, centres } = own as Own<Tensor>;
    const latent = drawLatent(latentOf(encoder, support), world.noise);
    const kind = denseVector(identity.out, encodeSet(identity.layers, support));
    return { latent, kind: add(kind, nearCentres(kind, centres)) };
  },
  score: (world, prior, fitted) => decode(world, prior, fitted),
  penalty(world, prior, both) {
    const { encoder } = prior.own as Own<Tensor>;
    const { task, query, fast } = both;
    const [all, given] = [latentOf(encoder, together(task, query)), latentOf(encoder, task.support)];
    const read = { ...fast, latent: drawLatent(all, world.noise) };
    return boundOf(world, query, {
      score: decode(world, prior, { ...both, fast: read, rows: query }),
      divergence: divergence(all, given),
    });
  },
};

function decode(world: MethodWorld, { network, own }: PriorTensors, { fast, task, rows }: Fitted): Tensor {
  const { condition, film } = own as Own<Tensor>;
  const told = conditioned(network, condition, fast["latent"] as Tensor);
  return networkScore(world, modulated(told, film, fast["kind"] as Tensor), { support: task.support, rows });
}

/** The centres by how near they are: `c_j ~ 1 / (1 + |o - a_j|^2)`, summing to 1. `[size]` */
function nearCentres(kind: Tensor, centres: Tensor): Tensor {
  const near = reciprocal(add(sum(square(sub(centres, unsqueeze(kind, 0))), 1), 1));
  const share = div(near, sum(near));
  return reshape(matmul(unsqueeze(share, 0), centres), kind.shape);
}

function filmShapes(
  { model, spec, config }: Pick<MethodWorld, "model" | "spec" | "config">,
  size: number,
): Own<Shape>["film"] {
  const { hidden, dropout } = config;
  const leaves = new Map(flatten<Shape>(model.shapes(spec, { hidden, dropout })));
  const layers = [...leaves].filter(([path]) => path.endsWith(".weight") && leaves.has(biasOf(path)));
  const film = layers.map(([path, [, out = 0]]) => {
    const map = layerShape(size, out);
    return [layerName(path), { factor: map, shift: map, gate: map }];
  });
  return Object.fromEntries(film) as Own<Shape>["film"];
}

/** The network with every dense layer `x W + b` in the place of which stands `(x W + b) * factor + shift`. */
function modulated(network: Params<Tensor>, film: Own<Tensor>["film"], kind: Tensor): Params<Tensor> {
  const by = new Map(Object.entries(film).map(([name, maps]) => [name, factorsOf(maps, kind)]));
  return mapTree<Params<Tensor>, Tensor, Tensor>(network, (leaf, path) => {
    const known = by.get(layerName(path));
    if (known === undefined) return leaf;
    const scaled = mul(leaf, known.factor);
    return path.endsWith(".bias") ? add(scaled, known.shift) : scaled;
  });
}

function factorsOf({ factor, shift, gate }: Film<Tensor>, kind: Tensor): { factor: Tensor; shift: Tensor } {
  const open = sigmoid(denseVector(gate, kind));
  const by = (map: Layer<Tensor>): Tensor => mul(open, tanh(denseVector(map, kind)));
  return { factor: add(by(factor), 1), shift: by(shift) };
}

/** What weight and bias of a layer share, as one name. */
function layerName(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("."))).replaceAll(".", "_");
}

function biasOf(weight: string): string {
  return weight.replace(/weight$/, "bias");
}
