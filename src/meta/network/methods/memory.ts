import type { Params } from "../../../models/model.ts";
import {
  add,
  constant,
  div,
  exp,
  flatten,
  mapTree,
  matmul,
  matvec,
  mul,
  reshape,
  type Shape,
  softmax,
  sqrt,
  square,
  sum,
  type Tensor,
  unsqueeze,
} from "../../../tensor/index.ts";
import type { Method, MethodWorld } from "../method.ts";
import { gradientMethod } from "./gradient.ts";

/** Slots of both memories. */
const SLOTS = 8;

interface Memories<T> extends Params<T> {
  /** What people in a slot are like; absent where tasks have no attributes. `[SLOTS, width]` */
  readonly profiles: T;
  /** How sharply a profile chooses among slots, a logarithm. `[1]` */
  readonly sharpness: T;
  /** What a slot adds to every parameter, by its name. `[SLOTS, size]` */
  readonly user: Params<T>;
  /** How a slot stretches what a layer reads, by its name. `[SLOTS, in]` */
  readonly task: Params<T>;
}

/** Steps on the network, embeddings fixed, as in MeLU. */
const steps = gradientMethod("memory", "MAMO", { network: () => () => true, anchor: false });

/**
 * Memory-augmented meta-optimisation (Dong et al. 2020, MAMO, sec. 3.2-3.3): attention of a task's attributes over
 * profiles reads a user memory and a task memory; with them the initial weights are personal,
 * `W_u = (1 + t_u) * W + b_u` with `t_u` on the layer's inputs, and inner steps follow.
 *
 * Two things differ from the paper. Its memories are written by attention after each task; here they are parameters that
 * the outer gradient learns with the prior, so that tasks of a step stay independent. And its task memory holds
 * matrices before the decision layers; here it is their diagonal, for each layer. Without attributes all slots count alike.
 */
export const memory: Method = {
  ...steps,
  shapes(world): Params<Shape> {
    const { about, embeddingSize } = world.config;
    const width = about === "domain" ? 0 : world.spec[about] * embeddingSize;
    const leaves = leavesOf(world);
    const layers = leaves.filter(([path, shape]) => path.endsWith("weight") && shape.length === 2);
    return {
      ...steps.shapes(world),
      ...(width > 0 && { profiles: [SLOTS, width], sharpness: [1] }),
      user: Object.fromEntries(leaves.map(([path, shape]) => [flat(path), [SLOTS, sizeOf(shape)]])),
      task: Object.fromEntries(layers.map(([path, [inputs = 0]]) => [flat(path), [SLOTS, inputs]])),
    };
  },
  start(path, shape, config) {
    if (path === "profiles") return { deviation: 0.1 };
    if (path === "sharpness") return { fill: Math.log(SHARPNESS) };
    return path.startsWith("user.") || path.startsWith("task.")
      ? { fill: 0 }
      : steps.start?.(path, shape, config);
  },
  adapt(world, { network, own }, task) {
    const read = reader(own as Memories<Tensor>, task.anchor);
    return steps.adapt(world, { network: personal(network, own as Memories<Tensor>, read), own }, task);
  },
};

/** Cosines are between -1 and 1, and eight slots are many: without it all would count alike. */
const SHARPNESS = 5;

/** Reads a memory `[SLOTS, n]` by the attention of a task: `[n]` */
type Reader = (slots: Tensor) => Tensor;

/** Attention by the cosine of attributes and profiles (Dong et al. 2020, eq. 4). */
function reader({ profiles, sharpness }: Memories<Tensor>, anchor: Tensor | undefined): Reader {
  const attention =
    anchor === undefined || profiles === undefined
      ? constant(new Array<number>(SLOTS).fill(1 / SLOTS), [SLOTS])
      : softmax(mul(cosines(profiles, anchor), exp(sharpness)));
  return (slots) => reshape(matmul(unsqueeze(attention, 0), slots), slots.shape.slice(1));
}

/** `[slots, width], [width] -> [slots]` */
function cosines(profiles: Tensor, anchor: Tensor): Tensor {
  const norms = mul(sqrt(add(sum(square(profiles), 1), 1e-9)), sqrt(add(sum(square(anchor)), 1e-9)));
  return div(matvec(profiles, anchor), norms);
}

/** The initial weights of one task. */
function personal(network: Params<Tensor>, { user, task }: Memories<Tensor>, read: Reader): Params<Tensor> {
  return mapTree<Params<Tensor>, Tensor, Tensor>(network, (leaf, path) => {
    const bias = reshape(read(user[flat(path)] as Tensor), leaf.shape);
    const stretch = task[flat(path)];
    if (stretch === undefined) return add(leaf, bias);
    return add(mul(leaf, unsqueeze(add(read(stretch as Tensor), 1), -1)), bias);
  });
}

function leavesOf({
  model,
  spec,
  config,
}: Pick<MethodWorld, "model" | "spec" | "config">): [string, Shape][] {
  const { hidden, dropout } = config;
  return flatten<Shape>(model.shapes(spec, { hidden, dropout }));
}

function sizeOf(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** A path as one name. */
function flat(path: string): string {
  return path.replaceAll(".", "_");
}
