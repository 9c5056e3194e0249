import { type Clock, systemClock } from "../../base/clock.ts";
import { check, ForetasteError } from "../../base/errors.ts";
import { hashJson } from "../../base/hash.ts";
import type { RunContext } from "../../base/progress.ts";
import { type JoinedDomains, type JoinOptions, joinDomains } from "../../data/join/join.ts";
import { whereItems } from "../../data/join/where.ts";
import { openCellStore } from "../compare/cell-store.ts";
import { codeVersion } from "../compare/code-version.ts";
import type { DataConfig } from "../config.ts";
import { loadData } from "../load-data.ts";
import { systemNamed } from "../systems.ts";
import { defaultTransferConfig, type TransferConfig } from "./config.ts";
import { type DomainDistance, domainDistance } from "./distance.ts";
import { answerQuestion, type TransferCell } from "./experiment.ts";
import { oracles } from "./oracles.ts";
import { alone, overlapStrategies, strategies, strategyNamed } from "./strategies.ts";
import { summarise, type TransferSummary } from "./summary.ts";

/** One side of a transfer: a data set, or the part of it whose items meet a condition (`genre=Horror`). */
export interface DomainConfig extends DataConfig {
  readonly where?: string;
}

export interface TransferRequest extends JoinOptions {
  readonly source: DomainConfig;
  readonly target: DomainConfig;
  /** Shares of the target's training people to learn from, smallest first. */
  readonly shares: readonly number[];
  /** Names of strategies; all that suit unless told. */
  readonly strategies?: readonly string[];
  /** Systems that know the target alone, besides the head itself: the strongest of them is what must be beaten. */
  readonly baselines?: readonly string[];
  /** Whether the oracles are asked as well: what no source can tell better. */
  readonly oracles?: boolean;
  /** Only looks at cells that are there, of whatever version of the code; draws and systems that are not whole are left out. */
  readonly known?: boolean;
  /** Random choices of who is cold. */
  readonly draws: number;
  readonly seed: number;
  /** Cold people who are asked at most, a draw. */
  readonly people?: number;
  /** Folder of computed cells. */
  readonly cells: string;
  readonly config?: Partial<TransferConfig>;
}

export interface TransferResult {
  readonly request: TransferRequest;
  readonly source: string;
  readonly target: string;
  readonly synthetic: boolean;
  readonly distance: DomainDistance;
  readonly cells: readonly TransferCell[];
  readonly summary: TransferSummary;
  /** Cells that were computed now; the others were there. */
  readonly computed: number;
}

/** What knows the target alone and is asked unless told. */
export const defaultBaselines: readonly string[] = [
  "popularity",
  "recent-popularity",
  "content-knn",
  "item-knn",
  "ease",
  "bayes-head",
];

export interface TransferContext extends RunContext {
  readonly clock?: Clock;
  /** The running code unless told. */
  readonly code?: string;
}

/**
 * `foretaste transfer`: measures how far two domains are apart, fits every strategy and every system that knows the
 * target alone on growing shares of the target, and says what helped. Whatever was computed before is read from the
 * folder of cells.
 *
 * @throws CONFIG for unknown names, CANCELLED when stopped (finished cells are kept), and as reading the data does
 */
export async function runTransfer(
  request: TransferRequest,
  context: TransferContext,
): Promise<TransferResult> {
  const systems = systemsOf(request);
  const joined = joinDomains(
    await loadDomain(request.source, context),
    await loadDomain(request.target, context),
    request,
  );
  const distance = domainDistance(joined);
  const code = context.code ?? (await codeVersion());
  const run: Run = { request, context, joined, code, remember: memory() };
  const asked = request.shares.flatMap((share) =>
    Array.from({ length: request.draws }, (_, draw) =>
      systems.map((system) => ({ system, share, draw })),
    ).flat(),
  );
  const bar = context.progress.start("transfer", asked.length);
  const cells: TransferCell[] = [];
  let computed = 0;
  for (const one of asked) {
    const found = await cellOf(run, one);
    if (found === undefined) continue;
    cells.push(found.cell);
    computed += Number(found.fresh);
    bar.update(cells.length, `${one.system}, ${one.share * 100} %`);
  }
  bar.finish(`${computed} computed, ${cells.length - computed} known`);
  const whole = wholeCells(cells);
  const summary = summarise(whole, request.seed);
  const { source, target } = joined;
  const synthetic = source.synthetic || target.synthetic;
  return {
    request,
    source: source.name,
    target: target.name,
    synthetic,
    distance,
    cells: whole,
    summary,
    computed,
  };
}

async function loadDomain(
  { where, ...config }: DomainConfig,
  ctx: RunContext,
): Promise<JoinedDomains["source"]> {
  const { dataset } = await loadData(config, ctx);
  return where === undefined ? dataset : whereItems(dataset, where);
}

/** @throws CONFIG for a strategy, NOT_FOUND for a system, that is not there */
function systemsOf({
  strategies: wanted,
  baselines = defaultBaselines,
  sharedUsers = false,
  oracles: asked = false,
}: TransferRequest): string[] {
  const suiting = [...strategies, ...(sharedUsers ? overlapStrategies : [])].map(({ name }) => name);
  const names = wanted ?? suiting;
  const unknown = names.find((name) => ![alone.name, ...suiting].includes(name));
  check(unknown === undefined, "CONFIG", () => ({
    where: "strategies",
    expected: `some of ${suiting.join(", ")}`,
    got: `"${unknown}"`,
    ...(strategyNamed(unknown ?? "") && {
      hint: "It learns from people of both domains: say --shared-users (sharedUsers) where equal ids are one person.",
    }),
  }));
  for (const name of baselines) systemNamed(name);
  return [
    ...new Set([...baselines, alone.name, ...names, ...(asked ? oracles.map(({ name }) => name) : [])]),
  ];
}

/** Of each share: draws in which the target alone was asked, and systems that were asked in all of them. */
export function wholeCells(cells: readonly TransferCell[]): TransferCell[] {
  const at = (share: number, draw: number) => cells.filter((one) => one.share === share && one.draw === draw);
  const asked = (own: readonly TransferCell[], name: string) => own.some(({ system }) => system === name);
  return cells.filter(({ share, draw, system }) => {
    const draws = new Set(cells.filter((one) => one.share === share).map((one) => one.draw));
    const whole = [...draws].map((other) => at(share, other)).filter((own) => asked(own, alone.name));
    return asked(at(share, draw), alone.name) && whole.every((own) => asked(own, system));
  });
}

interface Run {
  readonly request: TransferRequest;
  readonly context: TransferContext;
  readonly joined: JoinedDomains;
  readonly code: string;
  readonly remember: <T>(name: string, make: () => Promise<T>) => Promise<T>;
}

type Asked = Pick<TransferCell, "system" | "share" | "draw">;

async function cellOf(
  { request, context, joined, code, remember }: Run,
  asked: Asked,
): Promise<{ readonly cell: TransferCell; readonly fresh: boolean } | undefined> {
  const { seed, people = 1000, sharedUsers = false, sharedItems = false, columns = {} } = request;
  const config = { ...defaultTransferConfig, ...request.config };
  const hashes = [joined.source.hash, joined.target.hash];
  const what = { ...asked, seed, people, sharedUsers, sharedItems, columns, config, hashes };
  const key = hashJson(what).slice(0, 24);
  const store = openCellStore<TransferCell>(request.cells);
  const known = await store.find(key, code, { anyCode: request.known === true });
  if (known !== undefined) return { cell: known, fresh: false };
  if (request.known) return undefined;
  if (context.signal?.aborted) throw cancelled(asked);
  const clock = context.clock ?? systemClock;
  const seconds = (): number => clock.now() / 1000;
  const answer = await answerQuestion(
    { joined, ...asked, people },
    { config, seed, context, remember, seconds },
  );
  const cell = { ...asked, ...answer, code, date: new Date(clock.now()).toISOString() };
  await store.save(key, cell);
  return { cell, fresh: true };
}

function cancelled({ system, share }: Asked): ForetasteError {
  return new ForetasteError("CANCELLED", {
    where: "transfer",
    expected: "all cells",
    got: `a stop before ${system} at ${share * 100} %`,
    hint: "The same command goes on from here.",
  });
}

/** What depends on the source alone is computed once. A failure is not remembered. */
function memory(): Run["remember"] {
  const kept = new Map<string, Promise<unknown>>();
  return <T>(name: string, make: () => Promise<T>): Promise<T> => {
    const known = kept.get(name) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const made = make().catch((error: unknown) => {
      kept.delete(name);
      throw error;
    });
    kept.set(name, made);
    return made;
  };
}
