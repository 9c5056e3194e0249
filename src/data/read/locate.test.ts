import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../base/hash.ts";
import { silentProgress } from "../../base/progress.ts";
import { download, type Fetch, isIntact } from "./download.ts";
import { locateData } from "./locate.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "foretaste-locate-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const offline: Fetch = () => Promise.reject(new TypeError("fetch failed", { cause: new Error("ENOTFOUND") }));

/** A world without network, without environment and with an empty repository. */
const nowhere = () => ({ env: { HOME: home }, root: join(home, "repo"), fetch: offline });

function put(...path: string[]): string {
  const dir = join(home, ...path);
  mkdirSync(dir, { recursive: true });
  for (const file of ["ratings.dat", "movies.dat"]) writeFileSync(join(dir, file), "x");
  return dir;
}

test("a folder the user names wins; its subfolder counts too", async () => {
  put("shared", "data", "movietweetings");
  const mine = put("mine", "movietweetings");
  const found = { source: "folder", dir: mine };
  expect(await locateData("movietweetings", { ...nowhere(), dir: mine })).toEqual(found);
  expect(await locateData("movietweetings", { ...nowhere(), dir: join(home, "mine") })).toEqual(found);
});

test("a folder the user names without the data is an error, not a search elsewhere", async () => {
  put("shared", "data", "movietweetings");
  const look = (dir: string) => locateData("movietweetings", { ...nowhere(), dir });
  await expect(look(home)).rejects.toThrow(/expected ratings.dat and movies.dat, got a folder without them/);
  await expect(look(join(home, "gone"))).rejects.toThrow(/got no such folder/);
});

test("then FORETASTE_DATA, then the folder beside the repository", async () => {
  const shared = put("shared", "data", "movietweetings");
  const { env, ...rest } = nowhere();
  const look = (FORETASTE_DATA?: string) =>
    locateData("movietweetings", { ...rest, env: { ...env, FORETASTE_DATA } });
  expect(await look()).toEqual({ source: "folder", dir: shared });
  const mine = put("mine");
  expect(await look(mine)).toEqual({ source: "folder", dir: mine });
  mkdirSync(join(home, "other"));
  expect(await look(join(home, "other"))).toEqual({ source: "folder", dir: shared });
  await expect(look(join(home, "gone"))).rejects.toThrow(/FORETASTE_DATA=.*gone: expected a folder/);
});

test("offline and nothing there: says so, with the reason", async () => {
  expect(await locateData("movietweetings", nowhere())).toEqual({
    source: "none",
    reason: "fetch failed (ENOTFOUND)",
  });
  expect(await locateData("ml-1m", nowhere())).toEqual({
    source: "none",
    reason: "ml-1m has no public download",
  });
  await expect(locateData("netflix", nowhere())).rejects.toThrow(
    /expected one of movietweetings, .*"netflix"/,
  );
});

test("a file in the cache with a wrong checksum is not used", async () => {
  put(".cache", "foretaste", "movietweetings");
  expect(await locateData("movietweetings", nowhere())).toMatchObject({ source: "none" });
});

const file = (name: string, content: string) => ({
  name,
  url: `https://example.org/${name}`,
  sha256: sha256(content),
});
const files = [file("a.dat", "aaa"), file("b.dat", "bbb")];

const serve =
  (contents: Readonly<Record<string, string>>, asked: string[] = []): Fetch =>
  (url) => {
    const name = url.split("/").at(-1)!;
    asked.push(name);
    const content = contents[name];
    const body = new TextEncoder().encode(content ?? "").buffer;
    const ok = content !== undefined;
    return Promise.resolve({ ok, status: ok ? 200 : 404, arrayBuffer: () => Promise.resolve(body) });
  };

const fetchInto = (fetch: Fetch, more: object = {}) =>
  download(files, join(home, "data"), { fetch, ctx: { progress: silentProgress }, ...more });

test("a good download is kept, and not fetched again", async () => {
  const asked: string[] = [];
  const fetch = serve({ "a.dat": "aaa", "b.dat": "bbb" }, asked);
  expect(await fetchInto(fetch)).toBeUndefined();
  expect(readFileSync(join(home, "data", "b.dat"), "utf8")).toBe("bbb");
  expect(await isIntact(files, join(home, "data"))).toBe(true);
  expect(await fetchInto(fetch)).toBeUndefined();
  expect(asked).toEqual(["a.dat", "b.dat"]);
});

test("a wrong checksum, a missing file and a broken transfer are told and leave no half file", async () => {
  expect(await fetchInto(serve({ "a.dat": "aaa", "b.dat": "bb" }))).toMatch(/b\.dat: wrong checksum/);
  expect(readdirSync(join(home, "data"))).toEqual(["a.dat"]);
  expect(await fetchInto(serve({}))).toMatch(/b\.dat: status 404/);
  const broken: Fetch = () =>
    Promise.resolve({ ok: true, status: 200, arrayBuffer: () => Promise.reject(new Error("terminated")) });
  expect(await fetchInto(broken)).toBe("terminated");
  expect(readdirSync(join(home, "data"))).toEqual(["a.dat"]);
});

test("no answer within the time, or none to its end, is told", async () => {
  const never = new Promise<never>(() => {});
  const timeoutMs = { connect: 20, body: 20 };
  expect(await fetchInto(() => never, { timeoutMs })).toMatch(/no answer within 0\.02 s/);
  const slow: Fetch = () => Promise.resolve({ ok: true, status: 200, arrayBuffer: () => never });
  expect(await fetchInto(slow, { timeoutMs })).toMatch(/not complete within 0\.02 s/);
  expect(existsSync(join(home, "data"))).toBe(false);
});

test("a stop by the user is an error of its own", async () => {
  const stop = new AbortController();
  const ctx = { progress: silentProgress, signal: stop.signal };
  const running = fetchInto(() => new Promise<never>(() => {}), { ctx });
  stop.abort();
  await expect(running).rejects.toMatchObject({ code: "CANCELLED" });
});
