import { rm } from "node:fs/promises";
import { type Clock, systemClock } from "../../base/clock.ts";
import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { currentCommit } from "../../evaluate/results.ts";
import type { Quality } from "../compare.ts";
import type { RunApart } from "./apart.ts";
import { runApart } from "./apart.ts";
import type { Arena, ArenaRequest, World } from "./arena.ts";
import { arenaNamed } from "./arenas.ts";
import { type CellSpec, cellKey } from "./cell.ts";
import { type CellStore, openCellStore, type StoredCell } from "./cell-store.ts";
import { codeVersion } from "./code-version.ts";
import { checkVersus, type Duel, duelsOf } from "./duels.ts";
import type { Entrant } from "./entrants.ts";
import { type Groups, groupsOf } from "./groups.ts";
import { finished, type Outcome, qualityOfOutcomes } from "./outcomes.ts";
import { runPool } from "./pool.ts";

export interface ComparisonRequest {
  readonly arena: ArenaRequest;
  readonly entrants: readonly Entrant[];
  /** Folder of computed cells. */
  readonly cells: string;
  /** Cells computed at the same time. */
  readonly jobs: number;
  /** Also take cells that another version of the code computed; the report says which. */
  readonly anyCode?: boolean;
  /** Label of the entrant that is also compared with each other one. */
  readonly versus?: string;
}

export interface ComparisonOptions extends RunContext {
  readonly clock?: Clock;
  /** How a cell is computed; in a process of its own unless told. */
  readonly run?: RunApart;
  /** The running code unless told. */
  readonly code?: string;
}

export interface ComparisonResult {
  readonly request: ComparisonRequest;
  readonly arena: Arena;
  readonly dataset: World["dataset"];
  readonly code: string;
  readonly outcomes: readonly Outcome[];
  /** Of the entrants that came through; systems by their labels. */
  readonly quality: Quality;
  readonly groups: Groups;
  /** Of the entrant that was asked about with each other one. */
  readonly duels: readonly Duel[];
  /** Cells that were computed now; the others were there. */
  readonly computed: number;
}

/**
 * Fits and judges every entrant on every part of a protocol, and compares them. What was computed before is read from the
 * folder of cells; a system that fails is reported and the others go on.
 *
 * @throws NOT_FOUND when `versus` names nobody, CANCELLED when stopped (finished cells are kept), and as reading the data does
 */
export async function runComparison(
  request: ComparisonRequest,
  options: ComparisonOptions,
): Promise<ComparisonResult> {
  const arena = arenaNamed(request.arena.protocol);
  const { versus } = request;
  if (versus !== undefined) checkVersus(versus, request.entrants);
  const [world, code] = await Promise.all([
    arena.open(request.arena, options),
    options.code ?? codeVersion(),
  ]);
  const bench: Bench = { request, options, code, store: openCellStore(request.cells) };
  const asked: Asking[] = [];
  const hashes = new Map([[undefined as string | undefined, world.dataset.hash]]);
  for (const entrant of request.entrants) {
    const own = readBy(request.arena, entrant.encoder);
    const dataHash = hashes.get(entrant.encoder) ?? (await arena.open(own, options)).dataset.hash;
    hashes.set(entrant.encoder, dataHash);
    for (let part = 0; part < world.parts; part++) asked.push({ entrant, part, arena: own, dataHash });
  }
  const bar = options.progress.start(`compare on ${arena.name}`, asked.length);
  let done = 0;
  const cells = await runPool(
    asked.map((one) => async () => {
      const cell = await cellOf(bench, one);
      bar.update(++done, one.entrant.label);
      return { ...one, ...cell };
    }),
    request.jobs,
  );
  const computed = cells.filter(({ fresh }) => fresh).length;
  bar.finish(`${computed} computed, ${cells.length - computed} known`);
  const outcomes = request.entrants.map((entrant) =>
    outcomeOf(
      entrant,
      cells.filter((one) => one.entrant === entrant),
    ),
  );
  const { dataset } = world;
  const { seed } = request.arena;
  const quality = qualityOfOutcomes(outcomes, arena, seed);
  const groups = groupsOf(finished(outcomes), arena, seed);
  const duels = versus === undefined ? [] : duelsOf(outcomes, arena, { versus, seed });
  return { request, arena, dataset, code, outcomes, quality, groups, duels, computed };
}

interface Bench {
  readonly request: ComparisonRequest;
  readonly options: ComparisonOptions;
  readonly code: string;
  readonly store: CellStore;
}

interface Asking {
  readonly entrant: Entrant;
  readonly part: number;
  readonly arena: ArenaRequest;
  /** Of the data as the entrant reads it. */
  readonly dataHash: string;
}

/** The same protocol for those for whom an encoder of their own reads the texts. */
function readBy(arena: ArenaRequest, encoder: string | undefined): ArenaRequest {
  return encoder === undefined ? arena : { ...arena, data: { ...arena.data, encoder } };
}

type Computed =
  | { readonly cell: StoredCell; readonly fresh: boolean }
  | { readonly error: ForetasteError; readonly fresh: true };

async function cellOf(
  { request, options, code, store }: Bench,
  { entrant, part, arena, dataHash }: Asking,
): Promise<Computed> {
  const { anyCode = false, jobs } = request;
  const { system, settings, label } = entrant;
  const spec: CellSpec = {
    system: system.name,
    settings,
    arena,
    part,
    stream: "test",
    people: 1,
    seed: arena.seed,
  };
  const key = cellKey(spec, { dataHash, defaults: system.settings });
  const known = await store.find(key, code, { anyCode });
  if (known !== undefined) return { cell: known, fresh: false };
  const checkpoints = store.checkpoints(key, code);
  try {
    const { progress, signal, run = runApart, clock = systemClock } = options;
    const apart = { progress, label, checkpoints, ...(signal === undefined ? {} : { signal }) };
    const result = await run(spec, apart);
    const date = new Date(clock.now()).toISOString();
    const cell = { spec, ...result, code, commit: currentCommit(), date, jobs };
    await store.save(key, cell);
    await rm(checkpoints, { recursive: true, force: true });
    return { cell, fresh: true };
  } catch (error) {
    return { error: asFailure(error, label), fresh: true };
  }
}

/** @throws what stops the whole comparison */
function asFailure(error: unknown, label: string): ForetasteError {
  if (error instanceof ForetasteError) {
    if (error.code === "CANCELLED") throw error;
    return error;
  }
  const got = error instanceof Error ? error.message : String(error);
  return new ForetasteError("INTERNAL", { where: label, expected: "a result", got, cause: error });
}

function outcomeOf(entrant: Entrant, cells: readonly Computed[]): Outcome {
  const failed = cells.find((one) => "error" in one);
  if (failed !== undefined) return { entrant, error: failed.error };
  return { entrant, cells: cells.flatMap((one) => ("cell" in one ? [one.cell] : [])) };
}
