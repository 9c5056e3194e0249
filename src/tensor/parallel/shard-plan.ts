import { ForetasteError } from "../../base/errors.ts";
import type { Graph, Port } from "../backend.ts";
import { sessionSpec } from "../runtime/onnxruntime.ts";
import type { SessionSpec } from "../runtime/session.ts";
import { formatShape, sizeOf } from "../tensor.ts";

/** How a batch is cut and where the pieces lie; the same on every thread. */
export interface ShardPlan {
  /** The program of one shard. */
  readonly spec: SessionSpec;
  readonly shards: number;
  /** Outputs that are summed, in a row in one vector: where each begins, and how long the row is. */
  readonly sum: readonly Port[];
  readonly places: readonly number[];
  readonly length: number;
  /** Outputs that each shard has of its own. */
  readonly each: readonly Port[];
  /** Inputs and own outputs of the whole batch: their leading axis is that of all shards. */
  readonly wholeInputs: readonly Port[];
  readonly wholeEach: readonly Port[];
}

/**
 * @param graph inputs "shared..." and "batch...", outputs "sum..." and "each..."
 * @throws SHAPE when what is cut has no leading axis, or what is summed is not float32
 */
export function shardPlan(graph: Graph, shards: number): ShardPlan {
  const spec = sessionSpec(graph, "cpu", { threads: 1 });
  const sum = spec.outputs.filter(({ name }) => name.startsWith("sum."));
  const each = spec.outputs.filter(({ name }) => name.startsWith("each."));
  for (const port of [...spec.inputs.filter(isCut), ...each]) checkCut(port);
  sum.forEach(checkSum);
  const sizes = sum.map(({ shape }) => sizeOf(shape));
  const places = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  return {
    spec: { ...spec, outputs: [...sum, ...each] },
    shards,
    sum,
    places,
    length: sizes.reduce((a, b) => a + b, 0),
    each,
    wholeInputs: spec.inputs.map((port) => (isCut(port) ? whole(port, shards) : port)),
    wholeEach: each.map((port) => whole(port, shards)),
  };
}

export function isCut({ name }: Port): boolean {
  return name.startsWith("batch.");
}

function whole({ shape: [lead = 0, ...rest], ...port }: Port, shards: number): Port {
  return { ...port, shape: [lead * shards, ...rest] };
}

function checkCut({ name, shape }: Port): void {
  if (shape.length > 0) return;
  const expected = "a leading axis, which is cut into shards";
  const hint = 'What all shards have in common goes under "shared", what they add up to under "sum".';
  throw new ForetasteError("SHAPE", { where: `dataParallel, "${name}"`, expected, got: "a scalar", hint });
}

function checkSum({ name, dtype, shape }: Port): void {
  if (dtype === "float32") return;
  const got = `${dtype}${formatShape(shape)}`;
  throw new ForetasteError("SHAPE", { where: `dataParallel, "${name}"`, expected: "float32", got });
}
