import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fakeRecommender } from "../../../testing/fake-recommender.ts";
import { openSqliteStore } from "../../store/sqlite.ts";
import type { Store } from "../../store/store.ts";
import type { EventsAnswer, Problem, RecommendationsAnswer } from "../contract.ts";
import { createService } from "../service.ts";
import { createApp } from "./app.ts";
import { nestingOf } from "./limits.ts";

let app: FastifyInstance;
let store: Store;
let logged: string[];

beforeEach(async () => {
  store = await openSqliteStore(":memory:");
  let made = 0;
  const newId = () => `made-${++made}`;
  const service = createService({
    store,
    recommender: fakeRecommender(),
    clock: { now: () => 1_700_000_000_500 },
    newId,
  });
  logged = [];
  const log = pino({ base: null }, { write: (line: string) => void logged.push(line) });
  app = await createApp(service, { version: "1.2.3", log });
});

afterEach(async () => {
  await app.close();
  await store.close();
});

const post = (payload: unknown) =>
  app.inject({ method: "POST", url: "/v1/events", payload: payload as object });
const idsFor = async (user: string, n = 3): Promise<string[]> => {
  const url = `/v1/users/${encodeURIComponent(user)}/recommendations?n=${n}`;
  const answer = await app.inject({ url });
  return answer.json<RecommendationsAnswer>().items.map((item) => item.id);
};

test("one event changes the very next answer, and its reasons sum to the score", async () => {
  expect(await idsFor("ann")).toEqual(["a1", "a2", "c1"]);
  const stored = await post({ user: "ann", item: "h1", type: "rate", value: 9 });
  expect(stored.statusCode).toBe(200);
  expect(stored.json<EventsAnswer>()).toEqual({ accepted: 1, duplicates: 0, ids: ["made-1"] });
  expect(await idsFor("ann")).toEqual(["t1", "t2", "a1"]);
  expect(await idsFor("bob")).toEqual(["a1", "a2", "c1"]);
  const answer = await app.inject({ url: "/v1/users/ann/recommendations?n=1" });
  expect(answer.json()).toEqual({
    user: "ann",
    model: "fake",
    events: 1,
    items: [
      {
        id: "t1",
        title: "The Third Man",
        score: 4 + 1 / 7,
        reasons: [
          { kind: "popularity", contribution: 1 / 7 },
          { kind: "event", item: "h1", title: "Heat", contribution: 4 },
        ],
      },
    ],
  });
  expect(await store.historyOf("ann", 5)).toEqual([
    { id: "made-1", user: "ann", item: "h1", type: "rate", value: 9, time: 1_700_000_000.5 },
  ]);
});

test("a batch is idempotent by id, and ids may be any text", async () => {
  const user = "ünï/cödé?n=5 ".padEnd(200, "x");
  const batch = [
    { id: "e1", user, item: "t1", type: "like", time: 5 },
    { id: "e2", user, item: "not in the catalogue", type: "view", time: 6 },
  ];
  expect((await post(batch)).json()).toEqual({ accepted: 2, duplicates: 0, ids: ["e1", "e2"] });
  expect((await post(batch)).json()).toEqual({ accepted: 0, duplicates: 2, ids: ["e1", "e2"] });
  expect(await idsFor(user)).toEqual(["h1", "t2", "a1"]);
});

const good = { user: "ann", item: "h1", type: "rate", value: 9 };
test.each<[string, unknown, Problem["errors"]]>([
  ["a slip in a name", { ...good, usr: "x" }, [{ where: "usr", expected: "a known key", got: '"usr"' }]],
  [
    "nothing",
    {},
    [
      { where: "user", expected: "text of 1 to 200 characters", got: "nothing" },
      { where: "item", expected: "text of 1 to 200 characters", got: "nothing" },
      { where: "type", expected: "text of 1 to 50 characters", got: "nothing" },
    ],
  ],
  [
    "a wrong type deep in a batch",
    [good, { ...good, value: "9" }],
    [{ where: "[1].value", expected: "a number", got: '"9"' }],
  ],
  [
    "a value off the scale",
    [good, { ...good, value: 11 }],
    [{ where: "[1].value", expected: "a number from 0 to 10, the scale of the model", got: "11" }],
  ],
  [
    "milliseconds",
    { ...good, time: 1_700_000_000_000 },
    [{ where: "time", expected: "a number from 0 to 100000000000", got: "1700000000000" }],
  ],
  [
    "an empty batch",
    [],
    [{ where: "(top level)", expected: "a list of 1 to 1000 elements", got: "a list of 0" }],
  ],
])("a malformed body is explained and stores nothing: %s", async (_name, body, errors) => {
  const answer = await post(body);
  expect(answer.statusCode).toBe(400);
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toMatchObject({ type: "urn:foretaste:problem:request", status: 400, errors });
  expect(await store.counts()).toEqual({ users: 0, items: 0, events: 0 });
});

test("limits: batch, body, depth, poisoned keys, other content types, parameters", async () => {
  const raw = (payload: string, type = "application/json") =>
    app.inject({ method: "POST", url: "/v1/events", payload, headers: { "content-type": type } });
  expect((await post(Array(1001).fill(good))).json()).toMatchObject({ status: 400 });
  expect((await raw(`"${"x".repeat(1024 * 1024)}"`)).statusCode).toBe(413);
  expect((await raw("[".repeat(500_000))).json()).toMatchObject({
    status: 400,
    errors: [{ where: "body", expected: "at most 16 levels of nesting", got: "more" }],
  });
  expect((await raw('{"__proto__": {"x": 1}}')).statusCode).toBe(400);
  expect((await raw("{")).statusCode).toBe(400);
  expect((await raw("{}", "text/plain")).statusCode).toBe(415);
  for (const [url, where] of [
    ["/v1/users/ann/recommendations?n=0", "n"],
    ["/v1/users/ann/recommendations?n=ten", "n"],
    ["/v1/users/ann/recommendations?m=3", "m"],
    [`/v1/users/${"x".repeat(201)}/recommendations`, "id"],
  ] as const) {
    const answer = await app.inject({ url });
    expect([url, answer.statusCode, answer.json<Problem>().errors?.[0]?.where]).toEqual([url, 400, where]);
  }
});

test("n defaults to ten, and unknown paths and foreign host names are problems too", async () => {
  const answer = await app.inject({ url: "/v1/users/ann/recommendations" });
  expect(answer.json<RecommendationsAnswer>().items).toHaveLength(8);
  expect((await app.inject({ url: "/v2" })).json()).toMatchObject({ status: 404, title: "Not found" });
  const rebound = await app.inject({ url: "/health/live", headers: { host: "evil.example" } });
  expect(rebound.json()).toMatchObject({ status: 421 });
});

test("our own failures leak nothing to the caller and are logged under the same number", async () => {
  await store.close();
  const answer = await app.inject({ url: "/v1/users/secret-ann/recommendations" });
  expect(answer.statusCode).toBe(500);
  const { instance, ...rest } = answer.json<Problem>();
  expect(rest).toEqual({
    type: "urn:foretaste:problem:500",
    title: "The service failed",
    status: 500,
    detail: "The log of the service says more, under the number of this request.",
  });
  const failure = logged.map((line) => JSON.parse(line) as Record<string, unknown>).find((l) => l["err"]);
  expect(instance).toBe(`urn:foretaste:request:${String(failure?.["reqId"])}`);
  expect((await app.inject({ url: "/health/ready" })).json()).toMatchObject({ status: 503 });
  expect((await app.inject({ url: "/health/live" })).json()).toEqual({ status: "ok" });
});

test("the log says what was asked, never who or what", async () => {
  await post({ user: "secret-ann", item: "secret-film", type: "rate", value: 99 });
  await post({ user: "secret-ann", item: "secret-film", type: "like" });
  await idsFor("secret-ann");
  expect(logged).toHaveLength(3);
  expect(logged.join("")).not.toContain("secret");
  expect(JSON.parse(logged[2] ?? "")).toMatchObject({
    method: "GET",
    route: "/v1/users/:id/recommendations",
    status: 200,
  });
});

test("/openapi.json is OpenAPI 3.1 and lists every route", async () => {
  const document = (await app.inject({ url: "/openapi.json" })).json<{
    openapi: string;
    info: unknown;
    paths: Record<string, Record<string, unknown>>;
  }>();
  expect(document.openapi).toBe("3.1.0");
  expect(document.info).toMatchObject({ title: "Foretaste", version: "1.2.3" });
  expect(
    Object.entries(document.paths).flatMap(([path, ways]) =>
      Object.keys(ways).map((way) => `${way} ${path}`),
    ),
  ).toEqual([
    "post /v1/events",
    "get /v1/users/{id}/recommendations",
    "get /health/live",
    "get /health/ready",
  ]);
});

test("nesting is counted outside of strings only", () => {
  expect(nestingOf('{"a": [1, {"b": "]}}[[[[\\"["}], "c": {}}')).toBe(3);
  expect(nestingOf('"[[["')).toBe(0);
  expect(nestingOf("[][][[]]")).toBe(2);
});
