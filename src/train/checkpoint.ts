import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { decodeTensors, encodeTensors } from "../tensor/safetensors/safetensors.ts";
import { fromTensors, toTensors } from "./trees.ts";

/** One epoch of a run. */
export interface EpochMetrics {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss of its steps. */
  readonly loss: number;
  /** Mean query loss on `outerValid` after it. */
  readonly valid: number;
}

/** Where a run is. */
export interface Counters {
  /** Epochs completed. */
  readonly epoch: number;
  /** Steps completed of the epoch after them. */
  readonly step: number;
  /** Steps completed in all. */
  readonly steps: number;
  /** Sum of the losses of the steps of this epoch. */
  readonly lossSum: number;
  /** 0 while nothing beats the prior as it was drawn. */
  readonly bestEpoch: number;
  readonly bestValid: number;
  readonly history: readonly EpochMetrics[];
}

/** All that a run needs to go on as if it had never stopped. */
export interface Snapshot<Prior, State> {
  readonly state: State;
  /** Moving average of the priors. */
  readonly average: Prior;
  readonly best: Prior;
  readonly counters: Counters;
}

const countersName = "counters.json";

/** Writes a snapshot as one safetensors file that appears whole or not at all. */
export async function saveCheckpoint(file: string, snapshot: Snapshot<unknown, unknown>): Promise<void> {
  const { counters, ...trees } = snapshot;
  const json = new TextEncoder().encode(JSON.stringify(counters));
  const tensors = {
    ...toTensors(trees),
    [countersName]: { dtype: "U8", shape: [json.length], data: json },
  } as const;
  await mkdir(dirname(file), { recursive: true });
  const unfinished = `${file}.unfinished`;
  await rm(unfinished, { force: true });
  const handle = await open(unfinished, "wx");
  try {
    await handle.writeFile(encodeTensors(tensors));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}

/**
 * Reads a snapshot into the nesting of `like`; none when there is no such file.
 *
 * @throws ARTEFACT for a file that is damaged or of another model
 */
export async function readCheckpoint<Prior, State>(
  file: string,
  like: Snapshot<Prior, State>,
): Promise<Snapshot<Prior, State> | undefined> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (bytes === undefined) return undefined;
  const tensors = decodeTensors(bytes, file);
  const { state, average, best } = like;
  const json = new TextDecoder().decode(tensors[countersName]?.data);
  return {
    ...fromTensors(tensors, { state, average, best }, file),
    counters: JSON.parse(json) as Counters,
  };
}
