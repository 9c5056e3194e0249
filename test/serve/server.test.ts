import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import type { RecommendationsAnswer } from "../../src/serve/contract.ts";
import { type RunningServer, startServer } from "../../src/serve/http/server.ts";
import type { Recommender } from "../../src/serve/recommender.ts";
import { createService } from "../../src/serve/service.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { fakeRecommender } from "../../testing/fake-recommender.ts";

async function start(file: string, recommender: Recommender = fakeRecommender()) {
  const store = await openSqliteStore(file);
  const service = createService({ store, recommender, clock: systemClock, newId: randomUUID });
  const server = await startServer(service, { host: "127.0.0.1", port: 0, version: "0" });
  return { store, server };
}

async function post(server: RunningServer, body: unknown): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${server.url}/v1/events`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return answer.json();
}

async function titles(server: RunningServer, user: string): Promise<(string | undefined)[]> {
  const answer = await fetch(`${server.url}/v1/users/${user}/recommendations?n=2`);
  return ((await answer.json()) as RecommendationsAnswer).items.map((item) => item.title);
}

test("over a socket: an event is personal at once, and still there after a restart", async () => {
  const folder = await mkdtemp(join(tmpdir(), "foretaste-serve-"));
  const file = join(folder, "store.db");
  const first = await start(file);
  expect(await titles(first.server, "ann")).toEqual(["Alien", "Aliens"]);
  const event = { id: "e1", user: "ann", item: "c1", type: "dislike" };
  expect(await post(first.server, [event, { ...event, id: "e2", item: "h1", type: "like" }])).toMatchObject({
    accepted: 2,
  });
  expect(await titles(first.server, "ann")).toEqual(["The Third Man", "The Thin Man"]);
  await first.server.close();
  await first.store.close();
  const second = await start(file);
  expect(await titles(second.server, "ann")).toEqual(["The Third Man", "The Thin Man"]);
  expect(await post(second.server, event)).toMatchObject({ accepted: 0, duplicates: 1 });
  await second.server.close();
  await second.store.close();
  await rm(folder, { recursive: true });
});

test("closing answers what is in flight and refuses what comes later", async () => {
  let answerNow = () => {};
  let asked = () => {};
  const reached = new Promise<void>((resolve) => (asked = resolve));
  const gate = new Promise<void>((resolve) => (answerNow = resolve));
  const slow: Recommender = {
    ...fakeRecommender(),
    recommend: async (request) => {
      asked();
      await gate;
      return fakeRecommender().recommend(request);
    },
  };
  const { server, store } = await start(":memory:", slow);
  const inFlight = titles(server, "ann");
  await reached;
  const closing = server.close();
  answerNow();
  expect(await inFlight).toEqual(["Alien", "Aliens"]);
  await closing;
  await expect(fetch(`${server.url}/health/live`)).rejects.toThrow("fetch failed");
  await store.close();
});

test("only loopback is bound, and a taken port is said plainly", async () => {
  const { server, store } = await start(":memory:");
  const service = createService({
    store,
    recommender: fakeRecommender(),
    clock: systemClock,
    newId: randomUUID,
  });
  const port = Number(new URL(server.url).port);
  await expect(startServer(service, { host: "0.0.0.0", port: 0, version: "0" })).rejects.toThrow(
    'host: expected a loopback address (127.0.0.1, ::1 or localhost), got "0.0.0.0"',
  );
  await expect(startServer(service, { host: "localhost", port, version: "0" })).rejects.toThrow(
    `port: expected a free port on 127.0.0.1, got ${port}, one in use`,
  );
  await server.close();
  await store.close();
});
