import { check } from "../../base/errors.ts";
import type { Settings } from "../../base/settings.ts";
import { pairRows } from "../../evaluate/protocols/pair-report.ts";
import { lowerIsBetter, qualityRows } from "../../evaluate/report.ts";
import type { RunApart } from "../compare/apart.ts";
import type { ArenaRequest } from "../compare/arena.ts";
import type { CellResult, CellSpec } from "../compare/cell.ts";

/** What less effort saves: people to learn from, or epochs. */
export type EffortOf = "people" | "epochs";

export interface Measurement {
  readonly system: string;
  readonly arena: ArenaRequest;
  /** All that is not the default. */
  readonly settings: Settings;
  /** Every setting of the system with its default. */
  readonly defaults: Settings;
  readonly metric: string;
  readonly state?: string;
  /** Share of the full effort, in (0, 1]. */
  readonly effort: number;
  readonly effortOf: EffortOf;
}

/** The cell that measures settings, on cases made of training data alone. */
export function trialSpec({ system, arena, settings, defaults, effort, effortOf }: Measurement): CellSpec {
  const few = effortOf === "epochs" ? fewerEpochs(settings, defaults, effort) : {};
  return {
    system,
    settings: { ...settings, ...few },
    arena,
    part: 0,
    stream: "outerValid",
    people: effortOf === "people" ? effort : 1,
    seed: arena.seed,
  };
}

/** Every setting called `epochs`, of a part or of the whole, shortened to its share. */
function fewerEpochs(settings: Settings, defaults: Settings, effort: number): Settings {
  const all = { ...defaults, ...settings };
  const names = Object.keys(all).filter((name) => /(^|\.)epochs$/.test(name));
  return Object.fromEntries(names.map((name) => [name, Math.max(1, Math.round(effort * Number(all[name])))]));
}

/** The metric on average over states and shots, and the same turned so that lower is better. */
export interface Judgement {
  readonly measured: number;
  readonly value: number;
}

/** @throws CONFIG when no case of the protocol has the metric */
export function judgementOf(
  { answers }: Pick<CellResult, "answers">,
  { metric, state }: Pick<Measurement, "metric" | "state">,
): Judgement {
  // The mean is wanted only: one resample is enough of a bootstrap.
  const options = { seed: 1, resamples: 1 };
  const rows =
    answers.kind === "rankings"
      ? qualityRows([answers.evaluation], options)
      : pairRows([answers.evaluation], options);
  const own = rows.filter((row) => row.metric === metric && (state === undefined || row.state === state));
  const known = own.filter(({ mean }) => Number.isFinite(mean));
  check(known.length > 0, "CONFIG", () => ({
    where: `metric ${metric}${state === undefined ? "" : ` of ${state}`}`,
    expected: `one that ${answers.evaluation.system} has on this protocol`,
    got: `only ${[...new Set(rows.filter(({ mean }) => Number.isFinite(mean)).map((row) => row.metric))].join(", ")}`,
  }));
  const measured = known.reduce((sum, { mean }) => sum + mean, 0) / known.length;
  return { measured, value: lowerIsBetter(metric) ? measured : -measured };
}

/** Measures settings with a runner of cells. */
export async function measure(
  run: RunApart,
  asked: Measurement,
  context: Parameters<RunApart>[1],
): Promise<Judgement & { readonly trainSeconds: number }> {
  const result = await run(trialSpec(asked), context);
  return { ...judgementOf(result, asked), trainSeconds: result.trainSeconds };
}
