import type { Figure, Shown } from "../../evaluate/figures/figure.ts";
import { calibrationFigure, rocFigure } from "../../evaluate/figures/probabilities.ts";
import type { Finished } from "./outcomes.ts";

/** Calibration and ROC curves of the systems that predict probabilities, one figure each a state. */
export function reliabilityFigures(done: readonly Finished[], systems: readonly Shown[]): Figure[] {
  const predicted = done.flatMap(predictionsOf);
  const states = [...new Set(predicted.map(({ state }) => state))];
  return states.flatMap((state) => {
    const own = predicted.filter((one) => one.state === state);
    return [rocFigure(own, systems, state), calibrationFigure(own, systems, state)];
  });
}

/** What one system predicted of all cases of a state. */
interface StatePredictions {
  readonly system: string;
  readonly state: string;
  readonly probability: Float32Array;
  readonly liked: Uint8Array;
}

function predictionsOf({ entrant, cells }: Finished): StatePredictions[] {
  const groups = cells.flatMap(({ answers }) => (answers.kind === "pairs" ? answers.evaluation.groups : []));
  const states = [...new Set(groups.map(({ state }) => state))];
  return states.map((state) => {
    const own = groups.filter((group) => group.state === state);
    return {
      system: entrant.label,
      state,
      probability: Float32Array.from(own.flatMap((group) => [...group.probability])),
      liked: Uint8Array.from(own.flatMap((group) => [...group.liked])),
    };
  });
}
