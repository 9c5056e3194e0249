import { setImmediate } from "node:timers/promises";
import { ForetasteError } from "../../base/errors.ts";
import { type RunContext, silentProgress } from "../../base/progress.ts";
import { createRng, type Rng } from "../../base/rng.ts";
import type { KnowledgeGraph } from "./graph.ts";

export interface DistMultConfig {
  readonly width: number;
  readonly epochs: number;
  /** Wrong tails, and wrong heads, that each fact is told apart from. */
  readonly negatives: number;
  readonly learningRate: number;
  /** Ridge on the vectors of a fact. */
  readonly regularisation: number;
  readonly seed: number;
}

export const distMultDefaults: DistMultConfig = {
  width: 64,
  epochs: 30,
  negatives: 2,
  learningRate: 0.1,
  regularisation: 0.001,
  seed: 1,
};

/** Vectors of nodes and of relations. `[nodes, width]`, `[relations, width]` */
export interface DistMult {
  readonly width: number;
  readonly nodes: Float32Array;
  readonly relations: Float32Array;
}

/**
 * DistMult (Yang et al. 2015): a fact (h, r, t) has the odds `sum_k h_k r_k t_k`; fitted by AdaGrad on `ln(1 + exp(-s))` of
 * facts and `ln(1 + exp(s))` of the same with another tail, or head, that stands in the same relation elsewhere.
 *
 * @throws CANCELLED
 * @example const { nodes } = await fitDistMult(graph, distMultDefaults, ctx);
 */
export async function fitDistMult(
  graph: KnowledgeGraph,
  config: DistMultConfig = distMultDefaults,
  ctx: RunContext = { progress: silentProgress },
): Promise<DistMult> {
  const { width, epochs, negatives, seed } = config;
  const rng = createRng(seed).split("DistMult");
  const model = {
    width,
    nodes: drawn(graph.nodes, "nodes"),
    relations: drawn(graph.relations.length, "relations"),
  };
  const learn = distMultLearner(model, config);
  const ends = [endsByKind(graph, graph.heads), endsByKind(graph, graph.tails)] as const;
  const bar = ctx.progress.start("DistMult", epochs);
  const draw = (from: readonly number[], stream: Rng): number => from[stream.int(from.length)]!;
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      await setImmediate();
      if (ctx.signal?.aborted === true) throw stopped(epoch, epochs);
      const stream = rng.split(epoch);
      for (const edge of stream.shuffle([...graph.heads.keys()])) {
        const [head, kind, tail] = [graph.heads[edge]!, graph.kinds[edge]!, graph.tails[edge]!];
        learn(head, kind, tail, true);
        for (let n = 0; n < negatives; n++) {
          learn(head, kind, draw(ends[1][kind]!, stream), false);
          learn(draw(ends[0][kind]!, stream), kind, tail, false);
        }
      }
      bar.update(epoch + 1);
    }
  } finally {
    bar.finish();
  }
  return model;

  function drawn(rows: number, label: string): Float32Array {
    const stream = rng.split(label);
    return Float32Array.from({ length: rows * width }, () => stream.normal() / width ** 0.5);
  }
}

/** What stands at one end of each relation, once each. */
function endsByKind({ relations, kinds }: KnowledgeGraph, ends: Int32Array): readonly (readonly number[])[] {
  const found = relations.map(() => new Set<number>());
  ends.forEach((node, edge) => found[kinds[edge]!]!.add(node));
  return found.map((nodes) => [...nodes]);
}

/** A step on one fact, or on one that is none, in place. */
export function distMultLearner(
  { width, nodes, relations }: DistMult,
  { learningRate, regularisation }: Pick<DistMultConfig, "learningRate" | "regularisation">,
): (head: number, kind: number, tail: number, isFact: boolean) => void {
  const [nodeSquares, relationSquares] = [new Float32Array(nodes.length), new Float32Array(relations.length)];
  const step = (table: Float32Array, squares: Float32Array, at: number, gradient: number): void => {
    squares[at]! += gradient * gradient;
    table[at]! -= (learningRate * gradient) / Math.sqrt(squares[at]! + 1e-10);
  };
  return (head, kind, tail, isFact) => {
    const [h, r, t] = [head * width, kind * width, tail * width];
    let odds = 0;
    for (let k = 0; k < width; k++) odds += nodes[h + k]! * relations[r + k]! * nodes[t + k]!;
    const slope = 1 / (1 + Math.exp(-odds)) - Number(isFact);
    for (let k = 0; k < width; k++) {
      const [x, w, y] = [nodes[h + k]!, relations[r + k]!, nodes[t + k]!];
      step(nodes, nodeSquares, h + k, slope * w * y + regularisation * x);
      step(relations, relationSquares, r + k, slope * x * y + regularisation * w);
      step(nodes, nodeSquares, t + k, slope * x * w + regularisation * y);
    }
  };
}

function stopped(done: number, epochs: number): ForetasteError {
  const [expected, got] = [`${epochs} epochs`, `a stop after ${done}`];
  return new ForetasteError("CANCELLED", { where: "DistMult", expected, got });
}
