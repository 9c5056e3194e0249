import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256 } from "../src/base/hash.ts";
import { knownData } from "../src/data/known/known.ts";
import { readDataset } from "../src/data/read/dataset.ts";
import { locateData } from "../src/data/read/locate.ts";
import { meluProtocol, readMelu } from "../src/data/read/melu.ts";

/** The real files, where a machine has them; what they test is also tested with small files beside the code. */
async function folderOf(name: string): Promise<string | undefined> {
  const fetch = () => Promise.reject(new Error("tests use no network"));
  const found = await locateData(name, { fetch });
  return found.source === "none" ? undefined : found.dir;
}

function skipWithout(dir: string | undefined, name: string, skip: (reason: string) => never): string {
  return dir ?? skip(`${name} is not in FORETASTE_DATA or ../shared/data`);
}

const counts: Readonly<Record<string, readonly [users: number, items: number, events: number]>> = {
  movietweetings: [16_554, 10_506, 100_000],
  "ml-1m": [6040, 3881, 1_000_205],
  "ml-latest-small": [671, 9125, 100_004],
  "amazon-game-video": [25_025, 12_319, 157_721],
};

for (const [name, expected] of Object.entries(counts)) {
  test(`${name} is read whole, nothing dropped`, { timeout: 30_000 }, async ({ skip }) => {
    const dir = skipWithout(await folderOf(name), name, skip);
    const { dataset, report } = await readDataset(knownData[name]!.description, dir);
    const { users, items, interactions } = dataset;
    expect([users.ids.length, items.ids.length, interactions.user.length]).toEqual(expected);
    expect(report.events.dropped).toEqual([]);
    expect(report.addedUsers + report.addedItems).toBe(0);
  });
}

test("the public MovieTweetings is the one that was measured", async ({ skip }) => {
  const dir = skipWithout(await folderOf("movietweetings"), "movietweetings", skip);
  for (const file of knownData.movietweetings!.download!) {
    expect(sha256(readFileSync(join(dir, file.name)))).toBe(file.sha256);
  }
});

test("MeLU's states have the counts of its protocol", { timeout: 30_000 }, async ({ skip }) => {
  const dir = skipWithout(await folderOf("ml-1m"), "ml-1m", skip);
  const { dataset, states } = await readMelu(dir);
  const tasks = Object.entries(states).map(([state, all]) => [state, all.length, meluProtocol(all).length]);
  expect(tasks).toEqual([
    ["warm", 4832, 2653],
    ["cold-user", 1208, 668],
    ["cold-item", 4769, 2863],
    ["both-cold", 1197, 723],
  ]);
  expect(dataset.interactions.user.length).toBe(640_444);
  const warmUsers = new Set(dataset.warmUsers);
  const warmItems = new Set(dataset.warmItems);
  for (const { user, items } of states["both-cold"]) {
    expect(warmUsers.has(user)).toBe(false);
    expect(items.some((item) => warmItems.has(item))).toBe(false);
  }
});
