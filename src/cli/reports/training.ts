import type { TrainingResult } from "../../train/run-training.ts";
import type { Report } from "../engine.ts";

/** What a training run says at its end. */
export function trainingReport({ path, record, recordFile, prepared }: TrainingResult): Report {
  const parts = Object.entries(record.traces).map(
    ([part, { bestEpoch, bestValid, history, resumed }]) =>
      `  ${part}: ${history.length} epochs${resumed > 0 ? ` (${resumed} from a checkpoint)` : ""}, best ${bestEpoch}, ` +
      `validation ${bestValid.toFixed(4)}`,
  );
  const quality = record.quality
    .filter(({ mean }) => Number.isFinite(mean))
    .map(({ metric, shots, mean, low, high, tasks }) => {
      const bounds = `${low.toFixed(3)} to ${high.toFixed(3)}`;
      return `  ${metric} at ${shots} shots: ${mean.toFixed(3)} (${bounds}, ${tasks.toLocaleString("en")} people)`;
    });
  const judged =
    prepared.protocol === undefined
      ? ["Not judged: its events have no time."]
      : ["On people it has not seen:", ...quality];
  const text = [
    `Trained on ${record.dataset.name}${record.dataset.synthetic ? " (a generated world)" : ""} in ${record.seconds.toFixed(0)} s:`,
    ...parts,
    ...judged,
    `Saved as ${path}; the record is in ${recordFile}.`,
  ].join("\n");
  return { text, data: record };
}
