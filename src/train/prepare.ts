import type { RunContext } from "../base/progress.ts";
import type { Dataset } from "../data/dataset.ts";
import { splitColdUsers } from "../data/splits/cold.ts";
import { type TrainingDataset, withTraining } from "../data/splits/training.ts";
import { coldUsersInTime } from "../evaluate/protocols/cold-users-in-time.ts";
import type { Protocol } from "../evaluate/protocols/protocol.ts";
import type { TrainConfig } from "./config.ts";
import { type LoadedData, loadData } from "./load-data.ts";

/** Data read and split: what may be learned from, and the people it will be judged on. */
export interface Prepared extends LoadedData {
  readonly train: TrainingDataset;
  /** Absent when the events have no time, which the protocol needs. */
  readonly protocol?: Protocol;
}

/** Reads and splits the data of a configuration. @throws as `loadData` and the split do */
export async function prepare(
  config: Pick<TrainConfig, "data" | "split" | "seed">,
  context: RunContext,
  shots?: readonly number[],
): Promise<Prepared> {
  const loaded = await loadData(config.data, context);
  return { ...loaded, ...splitFor(loaded.dataset, config, shots) };
}

/** Hides the cold users of a data set. */
export function splitFor(
  dataset: Dataset,
  { split, seed }: Pick<TrainConfig, "split" | "seed">,
  shots?: readonly number[],
): Pick<Prepared, "train" | "protocol"> {
  const options = { fraction: split.coldFraction, mode: split.mode, seed };
  if (dataset.interactions.time === undefined) {
    return { train: withTraining(dataset, splitColdUsers(dataset, options).train) };
  }
  const protocol = coldUsersInTime(dataset, { ...options, ...(shots === undefined ? {} : { shots }) });
  return { train: protocol.train, protocol };
}
