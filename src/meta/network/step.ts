import {
  add,
  compile,
  dropout,
  grad,
  input,
  mul,
  type Program,
  rsqrt,
  type Shape,
  square,
  stopGradient,
  sum,
  type Tensor,
  type Tree,
} from "../../tensor/index.ts";
import { type BatchShape, batchInputs, type PartTensors, stacksOf } from "./batch.ts";
import { taskLosses } from "./losses.ts";
import { reptileGradients } from "./reptile.ts";
import { type Draws, type NetworkWorld, priorInputs, still } from "./world.ts";

export type AnyProgram = Program<Tree<Tensor>, Tree<Tensor>>;

/** Losses of a batch of tasks; with `gradients` those of their mean for parameters and for what was pooled. */
export async function stepProgram(
  world: NetworkWorld,
  { shape, gradients }: { readonly shape: BatchShape; readonly gradients: boolean },
): Promise<{ readonly program: AnyProgram; readonly random: Readonly<Record<string, Shape>> }> {
  const params = priorInputs(world);
  const batch = batchInputs(world, shape);
  const isReptile = world.method.outer === "reptile";
  const trains = gradients && !isReptile;
  const { draws, inputs: random } = drawInputs(world.config.dropout);
  const lossesOf = (parts: PartTensors): Tensor =>
    taskLosses(world, params, stacksOf(world, { ...batch, parts }, shape.shots), {
      draws: trains ? draws : still,
      penalised: trains,
    });
  const total = (each: Tensor): Tensor => sum(mul(each, batch.share));
  const losses = lossesOf(batch.parts);
  const gradient = (): Tree<Tensor> => {
    if (isReptile) return reptileGradients(world, params, { batch, shape });
    const loss = total(againstAdversary(world, batch.parts, { plain: losses, losses: lossesOf, total }));
    return grad(loss, { params, parts: batch.parts } as unknown as Tree<Tensor>) as Tree<Tensor>;
  };
  const outputs = gradients ? { losses, grads: gradient() } : { losses };
  const inputs = { params, batch, random } as unknown as Tree<Tensor>;
  const program = await compile(inputs, outputs, { threads: world.config.threads });
  return { program, random: Object.fromEntries(Object.entries(random).map(([name, x]) => [name, x.shape])) };
}

/**
 * Half the losses where the embeddings are, half where a step of length `adversarial` up the loss leads each of them
 * (Goodfellow et al. 2015, sec. 6; He et al. 2018, eq. 8).
 */
function againstAdversary(
  { config }: NetworkWorld,
  parts: PartTensors,
  {
    plain,
    losses,
    total,
  }: { plain: Tensor; losses: (parts: PartTensors) => Tensor; total: (each: Tensor) => Tensor },
): Tensor {
  if (config.adversarial === 0) return plain;
  const gradients = grad(total(plain), parts as Tree<Tensor>) as Tree<Tensor>;
  const moved = Object.entries(parts).map(([name, x]) => {
    const direction = stopGradient(gradients[name] as Tensor);
    const length = rsqrt(add(sum(square(direction), -1, true), 1e-20));
    return [name, add(x, mul(config.adversarial, mul(direction, length)))] as const;
  });
  return mul(0.5, add(plain, losses(Object.fromEntries(moved))));
}

/** Random inputs, made as they are asked for. */
function drawInputs(rate: number): { readonly draws: Draws; readonly inputs: Record<string, Tensor> } {
  const inputs: Record<string, Tensor> = {};
  const fresh = (kind: string, shape: Shape): Tensor => {
    const name = `${kind}${Object.keys(inputs).length}`;
    const made = input(name, shape);
    inputs[name] = made;
    return made;
  };
  return {
    inputs,
    draws: {
      drop: (hidden) => (rate === 0 ? hidden : dropout(hidden, fresh("keep", hidden.shape), rate)),
      noise: (shape) => fresh("noise", shape),
    },
  };
}
