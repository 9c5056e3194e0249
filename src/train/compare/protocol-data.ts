import { ForetasteError } from "../../base/errors.ts";
import { hashJson } from "../../base/hash.ts";
import type { RunContext } from "../../base/progress.ts";
import type { Dataset } from "../../data/dataset.ts";
import { ml1m } from "../../data/known/ml1m.ts";
import { type AmazonDomain, readCrossDomain } from "../../data/read/cross-domain.ts";
import { locateData } from "../../data/read/locate.ts";
import { type MeluData, readMelu } from "../../data/read/melu.ts";
import type { ProtocolData } from "../../evaluate/protocols/protocols.ts";
import type { DataConfig } from "../config.ts";
import { encodeItems } from "../encode-items.ts";
import { loadData } from "../load-data.ts";
import type { ArenaRequest, World } from "./arena.ts";
import { fourStates, statesHash } from "./four-states.ts";

interface Loaded {
  readonly data: ProtocolData;
  readonly dataset: World["dataset"];
}

/**
 * Reads what a protocol is made of: MeLU's own files for MovieLens-1M, a seeded split into the same states of other data.
 *
 * @throws NOT_FOUND, DATA, and CONFIG for data that the protocol cannot be made of
 */
export async function loadProtocolData(
  kind: ProtocolData["kind"],
  request: ArenaRequest,
  context: RunContext,
): Promise<Loaded> {
  switch (kind) {
    case "events": {
      const { dataset } = await loadData(request.data, context);
      return { data: { kind, dataset }, dataset: named(dataset, dataset.hash) };
    }
    case "four states": {
      const states = await meluData(request, context);
      const inner = (seed: number): MeluData => fourStates(states.dataset, seed);
      return { data: { kind, states, inner }, dataset: named(states.dataset, statesHash(states)) };
    }
    case "two domains": {
      const dir = await folderOf(request.data, context);
      const read = await readCrossDomain(dir, { target: targetOf(request.data), ctx: context });
      const domains = { ...read, dataset: await encodeItems(read.dataset, request.data.encoder, context) };
      const people = domains.people.map(({ user, items }) => [user, ...items]);
      return {
        data: { kind, domains },
        dataset: named(domains.dataset, hashJson([domains.dataset.hash, people])),
      };
    }
  }
}

function named({ name, synthetic }: Dataset, hash: string): World["dataset"] {
  return { name, synthetic, hash };
}

async function meluData({ data, seed }: ArenaRequest, context: RunContext): Promise<MeluData> {
  if (data.name === ml1m.name && data.description === undefined) {
    const { dataset, states } = await readMelu(await folderOf(data, context));
    return { dataset: await encodeItems(dataset, data.encoder, context), states };
  }
  return fourStates((await loadData(data, context)).dataset, seed);
}

async function folderOf({ name, path }: DataConfig, ctx: RunContext): Promise<string> {
  const located = await locateData(name, { ctx, ...(path === undefined ? {} : { dir: path }) });
  if (located.source !== "none") return located.dir;
  const hint = "Give its folder with --data.";
  throw new ForetasteError("NOT_FOUND", {
    where: `data set ${name}`,
    expected: "its files",
    got: located.reason,
    hint,
  });
}

function targetOf({ name }: DataConfig): AmazonDomain {
  if (name === "amazon-game-video") return "game";
  if (name === "amazon-video-game") return "video";
  const expected = "amazon-game-video (the target are games) or amazon-video-game";
  throw new ForetasteError("CONFIG", { where: "data set of two domains", expected, got: `"${name}"` });
}
