import { ForetasteError } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { CrossDomainData } from "../../data/read/cross-domain.ts";
import type { MeluData } from "../../data/read/melu.ts";
import { coldItems } from "./cold-items.ts";
import { coldUsersInTime } from "./cold-users-in-time.ts";
import { crossDomain } from "./cross-domain.ts";
import { crossValidation } from "./cross-validation.ts";
import { generic } from "./generic.ts";
import { type MeluOptions, melu, meluCurve } from "./melu.ts";
import type { Protocol } from "./protocol.ts";
import { topN } from "./top-n.ts";

/** What a protocol is made of, read already. */
export type ProtocolData =
  | { readonly kind: "events"; readonly dataset: Dataset }
  | {
      readonly kind: "four states";
      readonly states: MeluData;
      /** The training data split in the same way again, for tuning. */
      readonly inner: (seed: number) => MeluData;
    }
  | { readonly kind: "two domains"; readonly domains: CrossDomainData };

export interface ProtocolRequest {
  readonly seed: number;
  /** Random choices of who, or what, is asked about; the protocol's own number unless told. */
  readonly draws?: number;
  /** Support sizes, for those that have them; the protocol's own unless told. */
  readonly shots?: readonly (number | "all")[];
}

/** A protocol with its data. */
export interface OpenProtocol {
  /** How many training sets there are; systems are fitted to each. */
  readonly parts: number;
  /** The cases of one of them, with what may be learned from. */
  part(index: number): Protocol;
  /** The same question about people or items that are set aside inside of the training data: what to tune on. */
  inner(index: number): Protocol;
}

/** One way to judge systems. */
export interface ProtocolRow {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** What data it needs. */
  readonly data: ProtocolData["kind"];
  /** Known data sets it is meant for; the first unless told. */
  readonly datasets: readonly string[];
  readonly purpose: "query set" | "full";
  /** Names of metrics; the first is what systems are ordered and tuned by. */
  readonly metrics: readonly string[];
  readonly draws: number;
  /** @throws CONFIG when the data is of another kind, and as the protocol does */
  open(data: ProtocolData, request: ProtocolRequest): OpenProtocol;
}

const ranking = ["ndcg_binary@10", "recall@10", "hit_rate@10", "mrr@10"];
const known = ["movietweetings", "ml-latest-small", "ml-1m"];
const domains = ["amazon-game-video", "amazon-video-game"];

/** Every protocol on a `Ranker`, by name. */
export const protocols: readonly ProtocolRow[] = [
  meluRow("melu", "MeLU's protocol: cold people by the number of events known, cold items, both", [
    { states: ["cold-user"], shots: meluCurve },
    { states: ["cold-item", "both-cold"] },
    { states: ["cold-user"], window: "long" },
  ]),
  meluRow("melu-curve", "MeLU's protocol, every state by the number of events known", [{ shots: meluCurve }]),
  ...([false, true] as const).map((last) =>
    eventsRow({
      name: last ? "last-come-users" : "cold-users",
      title: last ? "Cold users in time: those who came last" : "Cold users in time",
      datasets: known.slice(0, 2),
      metrics: [...ranking, "mae"],
      parts: last ? () => 1 : (draws) => draws,
      firstEvents: true,
      make: (dataset, { seed, draw, shots }) =>
        coldUsersInTime(dataset, { seed, draw, mode: last ? "last-come" : "random", ...numbers(shots) }),
    }),
  ),
  eventsRow({
    name: "cold-items",
    title: "Items without any event, content only",
    datasets: ["ml-1m", "movietweetings"],
    metrics: ranking,
    make: (dataset, { seed, draw }) => coldItems(dataset, { seed, draw }),
  }),
  {
    ...eventsRow({
      name: "top-n",
      title: "Top-n for everybody, full ranking",
      datasets: ["ml-1m"],
      metrics: ranking,
      make: (dataset, { seed, draw }) => topN(dataset, { seed, draw }),
    }),
    open: openTopN,
  },
  ...(["full", "sampled(999)"] as const).map(
    (candidates): ProtocolRow => ({
      name: candidates === "full" ? "cross-domain" : "cross-domain-sampled",
      title: `A history in another domain only, ${candidates} candidates`,
      data: "two domains",
      datasets: domains,
      purpose: "full",
      metrics: ranking,
      draws: candidates === "full" ? 1 : 3,
      open: (data, { seed, draws = 3 }) => {
        const of = (part: "test" | "valid") => () =>
          crossDomain(only(data, "two domains").domains, { seed, candidates, draws, part });
        return { parts: 1, part: of("test"), inner: of("valid") };
      },
    }),
  ),
  ...(["full", "query set"] as const).map((candidates) =>
    eventsRow({
      name: candidates === "full" ? "cross-validation" : "cross-validation-ratings",
      title: `Cross-validation over people, ${candidates}`,
      datasets: known,
      purpose: candidates,
      metrics: candidates === "full" ? ranking : ["mae", "ndcg_exp@3"],
      draws: 5,
      make: (dataset, { seed, base, draw, draws, shots }) =>
        crossValidation(dataset, {
          seed: base ?? seed,
          folds: Math.max(2, draws),
          fold: draw,
          candidates,
          ...(shots && { shots }),
        }),
    }),
  ),
  eventsRow({
    name: "generic",
    title: "Cold users of any data",
    datasets: known,
    metrics: [...ranking, "mae"],
    firstEvents: true,
    make: (dataset, { seed, draw, shots }) => generic(dataset, { seed, draw, ...numbers(shots) }),
  }),
];

/** @throws NOT_FOUND when there is none of that name */
export function protocolNamed(name: string): ProtocolRow {
  const found = protocols.find((row) => row.name === name);
  if (found !== undefined) return found;
  const expected = `one of ${protocols.map((row) => row.name).join(", ")}`;
  throw new ForetasteError("NOT_FOUND", { where: "protocol", expected, got: `"${name}"` });
}

interface Draw {
  /** Of this draw. */
  readonly seed: number;
  readonly draw: number;
  readonly draws: number;
  readonly shots?: readonly (number | "all")[];
  /** Of the whole request; absent inside of training. */
  readonly base?: number;
}

interface EventsProtocol
  extends Pick<ProtocolRow, "name" | "title" | "datasets" | "metrics">,
    Partial<Pick<ProtocolRow, "purpose" | "draws">> {
  readonly parts?: (draws: number) => number;
  /** Whether the support is somebody's first events, so many: "all" is refused before anything is fitted. */
  readonly firstEvents?: boolean;
  readonly make: (dataset: Dataset, draw: Draw) => Protocol;
}

/** A protocol that splits events: each draw is a training set of its own, and tuning splits that one again. */
function eventsRow({ make, firstEvents, parts = (draws) => draws, ...rest }: EventsProtocol): ProtocolRow {
  const row = { data: "events", purpose: "full", draws: 3, ...rest } as const;
  const open = (data: ProtocolData, { seed, draws = row.draws, shots }: ProtocolRequest): OpenProtocol => {
    const { dataset } = only(data, "events");
    if (firstEvents) numbers(shots);
    const more = { draws, ...(shots && { shots }) };
    const part = (draw: number): Protocol => make(dataset, { seed: seed + draw, base: seed, draw, ...more });
    const inner = (draw: number): Protocol =>
      make(part(draw).train, { seed: innerSeed(seed, draw), draw, ...more });
    return { parts: parts(draws), part, inner };
  };
  return { ...row, open };
}

type MeluQuestion = Omit<MeluOptions, "seed" | "draws">;

/** Draws, and all questions, share the training set, so there is one part. */
function meluRow(name: string, title: string, questions: readonly MeluQuestion[]): ProtocolRow {
  const row = { name, title, data: "four states", datasets: ["ml-1m"], purpose: "query set" } as const;
  const open = (data: ProtocolData, { draws = 3, seed, shots }: ProtocolRequest): OpenProtocol => {
    const { states, inner } = only(data, "four states");
    const ask = (of: MeluData, times: number): Protocol => {
      const asked = questions.map((question) =>
        melu(of, { ...question, ...(shots && question.shots && { shots }), seed, draws: times }),
      );
      return { ...(asked[0] as Protocol), groups: asked.flatMap(({ groups }) => groups) };
    };
    return {
      parts: 1,
      part: () => ask(states, draws),
      inner: () => ask(inner(innerSeed(seed, 0)), 1),
    };
  };
  return { ...row, metrics: ["mae", "mae_rounded", "rmse", "ndcg_exp@3"], draws: 3, open };
}

/** The validation tenth is what to tune on. */
function openTopN(data: ProtocolData, { seed, draws = 3 }: ProtocolRequest): OpenProtocol {
  const { dataset } = only(data, "events");
  const of = (part: "test" | "valid") => (draw: number) => topN(dataset, { seed: seed + draw, draw, part });
  return { parts: draws, part: of("test"), inner: of("valid") };
}

function only<K extends ProtocolData["kind"]>(
  data: ProtocolData,
  kind: K,
): Extract<ProtocolData, { kind: K }> {
  if (data.kind === kind) return data as Extract<ProtocolData, { kind: K }>;
  throw new ForetasteError("CONFIG", { where: "protocol", expected: `data of ${kind}`, got: data.kind });
}

/** Support sizes where somebody's first events are the support. @throws CONFIG for "all" */
export function numbers(shots: Draw["shots"]): { shots?: readonly number[] } {
  if (shots === undefined) return {};
  const counts = shots.filter((k) => k !== "all");
  if (counts.length === shots.length) return { shots: counts };
  const hint = "The support is somebody's first events: say how many.";
  throw new ForetasteError("CONFIG", { where: "shots", expected: "numbers", got: '"all"', hint });
}

/** Unlike the seeds of the test. */
function innerSeed(seed: number, draw: number): number {
  return createRng(seed)
    .split("inner")
    .split(draw)
    .int(2 ** 31);
}
