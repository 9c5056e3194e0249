import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { domainWorld, type Pairing } from "../../../testing/worlds/two-domains.ts";
import { silentProgress } from "../../base/progress.ts";
import type { Dataset } from "../../data/dataset.ts";
import { wordsAt } from "../../data/vocabulary.ts";
import { writeTransferReport } from "./report.ts";
import { runTransfer, type TransferRequest, type TransferResult } from "./run-transfer.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretaste-transfer-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a world as files with a description; returns the description's path. */
async function written({ name, items, users, interactions }: Dataset): Promise<string> {
  const events = Array.from(interactions.user, (user, row) =>
    [users.ids[user], items.ids[interactions.item[row]!], interactions.time![row]].join(","),
  );
  const films = items.ids.map((id, row) => [id, wordsAt(items.columns["genres"]!, row)[0]].join(","));
  await writeFile(join(folder, `${name}-events.csv`), `user,item,time\n${events.join("\n")}\n`);
  await writeFile(join(folder, `${name}-items.csv`), `item,genre\n${films.join("\n")}\n`);
  const description = {
    name,
    events: {
      file: `${name}-events.csv`,
      format: "csv",
      user: "user",
      item: "item",
      time: { column: "time", unit: "seconds" },
    },
    items: {
      file: `${name}-items.csv`,
      format: "csv",
      id: "item",
      features: { genres: { column: "genre", kind: "categorical" } },
    },
    scale: { min: 0, max: 1, liked: 1 },
  };
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify(description));
  return path;
}

async function requestOf(pairing: Pairing): Promise<TransferRequest> {
  const source = await written(domainWorld({ name: `there-${pairing}`, users: 300, pairing, seed: 2 }));
  const target = await written(domainWorld({ name: "here", users: 160, pairing: "neighbours", seed: 1 }));
  return {
    source: { name: "there", description: source },
    target: { name: "here", description: target },
    shares: [0.4],
    strategies: ["parameters"],
    baselines: ["popularity"],
    draws: 1,
    seed: 1,
    cells: join(folder, "cells"),
    config: {
      embeddingSize: 8,
      learningRate: 0.02,
      idDropout: 0.9,
      penalty: { embeddings: 1e-3, network: 1e-2 },
      sourceEpochs: 12,
      epochs: 4,
      catalogue: 96,
      sourceCatalogue: 96,
    },
  };
}
const context = { progress: silentProgress, code: "test" };
let related: TransferResult;

test("a related source: the guard lets it through, and it helps", async () => {
  related = await runTransfer(await requestOf("neighbours"), context);
  expect(related.computed).toBe(3);
  expect(related.summary.guard).toEqual([{ share: 0.4, draw: 0, used: "parameters", refused: [] }]);
  const verdict = related.summary.verdicts.find(({ shots }) => shots === "mixed");
  expect(verdict?.mean).toBeGreaterThan(0.03);
  expect(verdict?.p).toBeLessThan(0.05);
  expect(related.distance).toMatchObject({ users: 0, items: 0, words: 1 });
});

test("a source where other genres go together: the guard refuses it", async () => {
  const { summary } = await runTransfer(await requestOf("opposites"), context);
  expect(summary.guard[0]).toMatchObject({ used: "target-alone", refused: ["parameters"] });
  expect(summary.verdicts.find(({ over }) => over === "target-alone")?.mean).toBe(0);
});

test("what was computed is read again, and gives the same figures", async () => {
  const again = await runTransfer(await requestOf("neighbours"), context);
  expect(again.computed).toBe(0);
  expect(again.summary).toEqual(related.summary);
});

test("stopped before a cell: CANCELLED", async () => {
  const request = { ...(await requestOf("neighbours")), seed: 9 };
  await expect(runTransfer(request, { ...context, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "CANCELLED",
  });
});

test("a strategy that is not there: CONFIG", async () => {
  const request = { ...(await requestOf("neighbours")), strategies: ["magic"] };
  await expect(runTransfer(request, context)).rejects.toMatchObject({ code: "CONFIG" });
});

test("the report holds the distance, the verdict and a figure", async () => {
  const output = join(folder, "report");
  const path = await writeTransferReport(related, { output, command: "foretaste transfer", now: 0 });
  const text = await readFile(path, "utf8");
  for (const words of [
    "proxy A-distance",
    "is better than",
    "| 40 % | 0 | parameters | none |",
    "learning-curves.svg",
  ])
    expect(text).toContain(words);
  expect(await readFile(join(output, "figures/learning-curves.svg"), "utf8")).toContain("<svg");
  const { rows } = JSON.parse(await readFile(join(output, "results.json"), "utf8")) as {
    rows: { kind: string }[];
  };
  expect(new Set(rows.map(({ kind }) => kind))).toEqual(
    new Set(["distance", "mean", "gain", "verdict", "guard"]),
  );
});
