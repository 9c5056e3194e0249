import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { nearest } from "../../base/schema.ts";
import type { Dataset } from "../../data/dataset.ts";
import { ml1m } from "../../data/known/ml1m.ts";
import { locateData } from "../../data/read/locate.ts";
import { type MeluData, readMelu } from "../../data/read/melu.ts";
import { coldUsersInTime } from "../../evaluate/protocols/cold-users-in-time.ts";
import { melu, meluCurve } from "../../evaluate/protocols/melu.ts";
import { loadData } from "../load-data.ts";
import type { Arena, ArenaRequest, World } from "./arena.ts";
import { fourStates, innerSeed, statesHash } from "./four-states.ts";

/** Every protocol that systems can be compared on. */
export const arenas: readonly Arena[] = [
  {
    name: "melu",
    title: "MeLU's protocol: cold people, cold items, both",
    dataset: ml1m.name,
    purpose: "query set",
    metrics: ["mae", "mae_rounded", "rmse", "ndcg_exp@3"],
    open: (request, context) => openMelu({ shots: ["all"], ...request }, context),
  },
  {
    name: "melu-curve",
    title: "MeLU's protocol by the number of events known",
    dataset: ml1m.name,
    purpose: "query set",
    metrics: ["mae", "ndcg_exp@3"],
    open: (request, context) => openMelu({ shots: meluCurve, ...request }, context),
  },
  ...(["random", "last-come"] as const).map(
    (mode): Arena => ({
      name: mode === "random" ? "cold-users" : "last-come-users",
      title: mode === "random" ? "Cold users in time" : "Cold users in time: those who came last",
      dataset: "movietweetings",
      purpose: "full",
      metrics: ["ndcg_binary@10", "hit_rate@10", "mrr@10", "mae"],
      open: (request, context) => openColdUsers(request, mode, context),
    }),
  ),
];

/** @throws CONFIG with the nearest name when there is none of that name */
export function arenaNamed(name: string): Arena {
  const found = arenas.find((arena) => arena.name === name);
  if (found !== undefined) return found;
  const names = arenas.map((arena) => arena.name);
  const near = nearest(name, names);
  throw new ForetasteError("CONFIG", {
    where: "protocol",
    expected: `one of ${names.join(", ")}`,
    got: `"${name}"`,
    ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
  });
}

/** MeLU's own files for MovieLens-1M; a seeded split into the same four states for any other data. */
async function openMelu(request: ArenaRequest, context: RunContext): Promise<World> {
  const { draws, seed, shots = ["all"] } = request;
  const data = await meluData(request, context);
  const { name, synthetic } = data.dataset;
  return {
    dataset: { name, synthetic, hash: statesHash(data) },
    parts: 1,
    part: () => melu(data, { draws, seed, shots }),
    inner: () => melu(fourStates(data.dataset, innerSeed(seed, 0)), { draws: 1, seed, shots }),
  };
}

async function meluData({ data, seed }: ArenaRequest, context: RunContext): Promise<MeluData> {
  if (data.name !== ml1m.name || data.description !== undefined) {
    return fourStates((await loadData(data, context)).dataset, seed);
  }
  const located = await locateData(data.name, {
    ctx: context,
    ...(data.path === undefined ? {} : { dir: data.path }),
  });
  if (located.source !== "none") return readMelu(located.dir);
  const expected = "its files, with the folder melu/";
  throw new ForetasteError("NOT_FOUND", { where: `data set ${data.name}`, expected, got: located.reason });
}

async function openColdUsers(
  { data, draws, seed, shots }: ArenaRequest,
  mode: "random" | "last-come",
  context: RunContext,
): Promise<World> {
  const { dataset } = await loadData(data, context);
  const counts = shots?.map(supportSize);
  const options = { mode, ...(counts === undefined ? {} : { shots: counts }) };
  const make = (from: Dataset, splitSeed: number, draw: number) =>
    coldUsersInTime(from, { ...options, seed: splitSeed, draw });
  const { name, synthetic, hash } = dataset;
  return {
    dataset: { name, synthetic, hash },
    // Who came last is no matter of chance.
    parts: mode === "last-come" ? 1 : draws,
    part: (index) => make(dataset, seed + index, index),
    inner: (index) => make(make(dataset, seed + index, index).train, innerSeed(seed, index), index),
  };
}

function supportSize(shots: number | "all"): number {
  if (shots !== "all") return shots;
  const hint = "Its support is the first events in time: give numbers.";
  throw new ForetasteError("CONFIG", { where: "shots", expected: "numbers", got: '"all"', hint });
}
