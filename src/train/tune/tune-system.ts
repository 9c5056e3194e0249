import { readFile, writeFile } from "node:fs/promises";
import { stringify } from "smol-toml";
import { check, ForetasteError } from "../../base/errors.ts";
import { type Progress, type RunContext, silentProgress } from "../../base/progress.ts";
import { nearest } from "../../base/schema.ts";
import type { Settings, Space } from "../../base/settings.ts";
import { createCrew, type RunApart } from "../compare/apart.ts";
import type { Arena, ArenaRequest } from "../compare/arena.ts";
import { arenaNamed } from "../compare/arenas.ts";
import { arenaRequest } from "../compare/compare-systems.ts";
import { type AnySystem, entrantsOf } from "../compare/entrants.ts";
import { type DataConfig, parseToml } from "../config.ts";
import { nestSettings } from "../settings.ts";
import { type Importance, importanceOf } from "./importance.ts";
import { type EffortOf, measure } from "./measure.ts";
import { bestOf, runStudy } from "./run-study.ts";
import { checkSpace } from "./space.ts";
import { parseSpace } from "./space-schema.ts";
import { openStudy, type Study, type StudyHeader, type TrialLine } from "./study.ts";
import { randomSearch, tpe } from "./tpe.ts";

/** What the command line asks for. */
export interface TuneOptions {
  /** Such as `"maml"`, or `"maml:innerSteps=5"` to hold a setting. */
  readonly system: string;
  readonly protocol: string;
  readonly data: Partial<DataConfig>;
  readonly trials: number;
  readonly search: StudyHeader["search"];
  /** The protocol's first unless told. */
  readonly metric?: string;
  /** Only this state is judged; all unless told. */
  readonly state?: string;
  readonly shots?: readonly (number | "all")[];
  /** Attribute of the items that tells domains apart. */
  readonly by?: string;
  readonly draws?: number;
  readonly seed: number;
  readonly jobs: number;
  readonly effortOf: EffortOf;
  /** TOML file of ranges; the system's own unless told. */
  readonly space?: string;
  /** The file of the study. */
  readonly study: string;
  /** File for the best settings; none is written when absent. */
  readonly output?: string;
}

export interface TuneResult {
  readonly options: TuneOptions;
  readonly arena: Arena;
  readonly system: AnySystem;
  readonly space: Space;
  readonly metric: string;
  /** Every measurement, in order. */
  readonly history: readonly TrialLine[];
  readonly best: TrialLine;
  readonly importance: readonly Importance[];
}

/** Rungs of successive halving: a ninth of the effort, a third, all of it. */
const RUNGS = 3;

/**
 * `foretaste tune`: searches the settings of a system on people, or items, set aside inside of the training data. The
 * cases of the test are never asked about, and every person who is cold in any draw of them is out of the training data.
 *
 * @throws CONFIG, NOT_FOUND; CANCELLED when stopped (the same call goes on from the file of the study)
 */
export async function tuneSystem(
  options: TuneOptions,
  context: RunContext & { readonly run?: RunApart },
): Promise<TuneResult> {
  const settled = await settle(options);
  const { arena, metric, system, held, space, request } = settled;
  const { dataset } = await arena.open(request, context);
  const { data: _, ...where } = request;
  const { search, trials, state, effortOf } = options;
  const header: StudyHeader = {
    system: options.system,
    arena: where,
    dataset: dataset.name,
    dataHash: dataset.hash,
    space,
    search,
    trials,
    metric,
    effortOf,
    ...(state === undefined ? {} : { state }),
  };
  const study = await openStudy(options.study, header, options.jobs);
  const crew = createCrew();
  const history = await searchWith(context.run ?? crew.run, { settled, study, options, context }).finally(
    crew.end,
  );
  const best = bestOf(history);
  if (best === undefined) throw allFailed(options, history);
  if (options.output !== undefined)
    await writeFile(options.output, configText(options, best, { held, system, metric }));
  const first = history.filter(({ rung }) => rung === 0);
  return { options, arena, system, space, metric, history, best, importance: importanceOf(space, first) };
}

interface Searched {
  readonly settled: Settled;
  readonly study: Study;
  readonly options: TuneOptions;
  readonly context: RunContext;
}

function searchWith(
  run: RunApart,
  { settled, study, options, context }: Searched,
): Promise<readonly TrialLine[]> {
  const { metric, system, held, space, request } = settled;
  const { search, trials, state, jobs, effortOf, seed } = options;
  const { name, settings: defaults } = system;
  const { progress, signal } = context;
  const stated = state === undefined ? {} : { state };
  const asked = { system: name, arena: request, defaults, metric, effortOf, ...stated };
  const how = { progress: withoutEvaluations(progress), ...(signal === undefined ? {} : { signal }) };
  const plan = {
    space,
    first: Object.fromEntries(Object.keys(space).map((key) => [key, defaults[key]])) as Settings,
    suggest: search === "tpe" ? tpe() : randomSearch,
    halving: { trials, rungs: search === "halving" ? RUNGS : 1, keep: 0 },
    batch: study.batch,
    jobs,
    seed,
    measure: (settings: Settings, effort: number, label: string) =>
      measure(run, { ...asked, settings: { ...held, ...settings }, effort }, { ...how, label }),
  };
  return runStudy(study, plan, context);
}

/** Trials are many: only their fits say how far they are. */
function withoutEvaluations(progress: Progress): Progress {
  return {
    start: (label, total) => (label.includes(": evaluate ") ? silentProgress : progress).start(label, total),
  };
}

interface Settled {
  readonly arena: Arena;
  readonly metric: string;
  readonly system: AnySystem;
  /** Settings that are held at a value of the user's. */
  readonly held: Settings;
  readonly space: Space;
  readonly request: ArenaRequest;
}

async function settle(options: TuneOptions): Promise<Settled> {
  const arena = arenaNamed(options.protocol);
  const [entrant] = entrantsOf(options.system, arena);
  const { system, settings: held } = entrant as NonNullable<typeof entrant>;
  const own = "spaceFor" in system ? system.spaceFor?.(arena.purpose) : undefined;
  const given = options.space === undefined ? (own ?? system.space) : await readSpace(options.space);
  const free = Object.fromEntries(Object.entries(given).filter(([name]) => !Object.hasOwn(held, name)));
  const space = checkSpace(free, system.settings, options.space ?? system.name);
  const metric = options.metric ?? arena.metrics[0] ?? "";
  const near = nearest(metric, arena.metrics);
  check(arena.metrics.includes(metric), "CONFIG", () => ({
    where: "metric",
    expected: `one of ${arena.metrics.join(", ")}`,
    got: `"${metric}"`,
    ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
  }));
  return { arena, metric, system, held, space, request: arenaRequest(options, arena) };
}

async function readSpace(file: string): Promise<Space> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    const got = cause instanceof Error && "code" in cause ? String(cause.code) : "a failure";
    throw new ForetasteError("NOT_FOUND", { where: file, expected: "a file of ranges", got, cause });
  });
  return parseSpace(parseToml(text, file), file);
}

/** The best settings as a `[model]` table, for `compare --settings` and, for what it can train, `train --config`. */
function configText(
  { protocol, trials, search }: TuneOptions,
  { settings, trial, measured }: TrialLine,
  { held, system, metric }: { readonly held: Settings; readonly system: AnySystem; readonly metric: string },
): string {
  const model = { kind: system.name, ...nestSettings({ ...held, ...settings }) };
  const about = `# Trial ${trial + 1} of ${trials} (${search}) on the training people of protocol ${protocol}: ${metric} ${measured?.toFixed(4)}`;
  return `${about}\n${stringify({ model })}\n`;
}

function allFailed({ study }: TuneOptions, history: readonly TrialLine[]): ForetasteError {
  const got = `${history.length} failures, the first: ${history[0]?.error ?? "unknown"}`;
  return new ForetasteError("CONFIG", { where: study, expected: "a trial that comes through", got });
}
