import type { Scale, Table } from "../data/dataset.ts";
import { exportOnnx, flatten, type HostArray, input, type Tensor, type Tree } from "../tensor/index.ts";

/** Version of the metadata; rises when what it says changes its meaning. */
const FORMAT = 1;

/** The two steps of serving, each one self-contained ONNX file: the prior and what is known of the items are in it. */
export interface LearnerExport {
  /** Events of a person to what was learned of them. */
  readonly adapt: Uint8Array;
  /** That to a number for every item of the catalogue. */
  readonly score: Uint8Array;
}

export interface ExportOptions {
  /** Events that the adaptation step takes: shapes are static, and `mask` is 0 for the rows that a person has not. */
  readonly shots: number;
}

/** What both files of a learner say of it. */
export interface AboutLearner {
  readonly learner: string;
  readonly items: Table;
  readonly scale: Scale;
}

export interface ExportedStep {
  readonly step: "adapt" | "score";
  readonly inputs: Tree<Tensor>;
  readonly outputs: Tree<Tensor>;
  /** Inputs that are written into the file. */
  readonly constants: Tree<HostArray>;
  /** What the other inputs and the outputs mean, by name. */
  readonly docs: Readonly<Record<string, string>>;
}

/**
 * A step as a file. Its metadata `foretaste` is JSON that says what it is of and what goes in and out:
 * `{ format, learner, step, scale, items, inputs: { name: { dtype, shape, means } }, outputs: { ... } }`.
 */
export function writeStep({ learner, items, scale }: AboutLearner, step: ExportedStep): Uint8Array {
  const { docs, constants } = step;
  const baked = new Set(flatten<HostArray>(constants).map(([name]) => name));
  const describe = (tree: Tree<Tensor>): object => {
    const open = flatten<Tensor>(tree).filter(([name]) => !baked.has(name));
    return Object.fromEntries(
      open.map(([name, { dtype, shape }]) => [name, { dtype, shape, means: docs[name] ?? "" }]),
    );
  };
  const about = {
    format: FORMAT,
    learner,
    step: step.step,
    scale: { min: scale.min, max: scale.max, liked: scale.liked },
    items: items.ids.length,
    inputs: describe(step.inputs),
    outputs: describe(step.outputs),
  };
  return exportOnnx(step.inputs, step.outputs, {
    constants,
    docs,
    metadata: { foretaste: JSON.stringify(about) },
  });
}

/** A person's events as every adaptation step takes them. `[shots]` each */
export interface EventInputs {
  readonly [key: string]: Tensor;
  readonly items: Tensor;
  readonly values: Tensor;
  readonly mask: Tensor;
}

export function eventInputs({ shots }: ExportOptions): EventInputs {
  return {
    items: input("items", [shots], "int32"),
    values: input("values", [shots]),
    mask: input("mask", [shots]),
  };
}

export const eventDocs: Readonly<Record<string, string>> = {
  items: "rows of the items of the person's latest events, in the order of the list of items; 0 for padding",
  values: "what the person gave, on the scale of the data",
  mask: "1 for an event, 0 for padding",
};
