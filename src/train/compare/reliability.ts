import type { Figure, Shown } from "../../evaluate/figures/figure.ts";
import { calibrationFigure, rocFigure } from "../../evaluate/figures/probabilities.ts";
import { predictionsIn } from "../../evaluate/metrics/pooled.ts";
import { aucPooled } from "../../evaluate/metrics/pooled-auc.ts";
import type { Answers } from "./cell.ts";
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
  const found = cells.flatMap(({ answers }) =>
    answers.kind === "pairs" ? ofPairs(answers) : ofRankings(answers),
  );
  const states = [...new Set(found.map(({ state }) => state))];
  return states.map((state) => {
    const own = found.filter((group) => group.state === state);
    return {
      system: entrant.label,
      state,
      probability: Float32Array.from(own.flatMap(({ probability }) => [...probability])),
      liked: Uint8Array.from(own.flatMap(({ liked }) => [...liked])),
    };
  });
}

type GroupPredictions = Omit<StatePredictions, "system">;

function ofPairs({ evaluation }: Extract<Answers, { kind: "pairs" }>): GroupPredictions[] {
  return evaluation.groups.map(({ state, probability, liked }) => ({ state, probability, liked }));
}

/** Of every state the largest support, for systems that predict probabilities. */
function ofRankings({ evaluation }: Extract<Answers, { kind: "rankings" }>): GroupPredictions[] {
  const last = new Map(evaluation.groups.map(({ state, shots }) => [state, shots]));
  return evaluation.groups.flatMap(({ state, shots, pooled = {} }) => {
    const predictions = predictionsIn(pooled[aucPooled.name]?.records ?? []);
    if (shots !== last.get(state) || predictions.length === 0) return [];
    return [
      {
        state,
        probability: Float32Array.from(predictions, ({ probability }) => probability),
        liked: Uint8Array.from(predictions, ({ liked }) => liked),
      },
    ];
  });
}
