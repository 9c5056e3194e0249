import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentProgress } from "../../../base/progress.ts";
import { readCheckpoint } from "../checkpoint/checkpoint.ts";
import { fetchModel, isHubId } from "./hub.ts";

const source = join(import.meta.dirname, "../../../../testing/encoders/distilbert");
const ctx = { progress: silentProgress };
const revision = "0123456789abcdef0123456789abcdef01234567";

/** What the hub does, as far as it is used; `change` may spoil an answer. */
interface Hub {
  endpoint: string;
  readonly asked: { readonly url: string; readonly range: string | undefined }[];
  /** Bytes after which the weights' connection breaks. */
  breakAfter: number | undefined;
  change(path: string, content: Buffer): Buffer;
}

let server: Server;
let hub: Hub;
let folder: string;

const git = (content: Buffer): string =>
  createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

function filesOf(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile())
    .map((e) => relative(root, join(e.parentPath, e.name)).replaceAll("\\", "/"));
}

function listing(): string {
  const siblings = filesOf(source).map((path) => {
    const content = readFileSync(join(source, path));
    const large = path === "model.safetensors" && {
      lfs: { sha256: sha256(content), size: content.length, pointerSize: 130 },
    };
    return { rfilename: path, size: content.length, blobId: git(content), ...large };
  });
  return JSON.stringify({
    id: "owner/tiny",
    sha: revision,
    siblings: [...siblings, { rfilename: "../../escape.json", size: 1, blobId: "0" }],
  });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "foretaste-hub-"));
  hub = { endpoint: "", asked: [], breakAfter: undefined, change: (_, content) => content };
  server = createServer((req, res) => {
    const url = req.url ?? "";
    hub.asked.push({ url, range: req.headers.range });
    if (url === "/api/models/owner/tiny/revision/main?blobs=true") return void res.end(listing());
    const path = url.replace(`/owner/tiny/resolve/${revision}/`, "");
    if (path === url || !existsSync(join(source, path))) return void res.writeHead(404).end();
    const content = hub.change(path, readFileSync(join(source, path)));
    const from = Number(/bytes=(\d+)-/.exec(req.headers.range ?? "")?.[1] ?? 0);
    res.writeHead(from > 0 ? 206 : 200, { "content-length": content.length - from });
    if (path !== "model.safetensors" || hub.breakAfter === undefined)
      return void res.end(content.subarray(from));
    res.write(content.subarray(from, from + hub.breakAfter), () => setTimeout(() => res.destroy(), 30));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  hub.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await new Promise((resolve) => server.close(resolve));
});

const get = (id = "owner/tiny"): Promise<string> => fetchModel(id, { folder, endpoint: hub.endpoint }, ctx);

test("a model comes with what an encoder reads, checked and recorded; the second time nobody is asked", async () => {
  const found = await get();
  expect(found).toBe(join(folder, "owner", "tiny"));
  expect(readCheckpoint(found).hash).toBe(readCheckpoint(source).hash);
  expect(filesOf(found).sort()).toEqual(
    [...filesOf(source).filter((file) => file !== "golden.json"), "foretaste.json"].sort(),
  );
  const record = JSON.parse(readFileSync(join(found, "foretaste.json"), "utf8"));
  expect(record.files["model.safetensors"]).toBe(sha256(readFileSync(join(source, "model.safetensors"))));
  expect(record).toMatchObject({ id: "owner/tiny", revision, from: hub.endpoint });
  expect(readdirSync(join(folder, "owner"))).toEqual(["tiny"]);
  const { length } = hub.asked;
  await get();
  expect(hub.asked).toHaveLength(length);
});

test("a broken download goes on where it stopped", async () => {
  hub.breakAfter = 5000;
  await expect(get()).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(existsSync(join(folder, "owner", "tiny"))).toBe(false);
  hub.breakAfter = undefined;
  const found = await get();
  const weights = hub.asked.filter(({ url }) => url.endsWith(`${revision}/model.safetensors`));
  expect(weights.map(({ range }) => range)).toEqual([undefined, "bytes=5000-"]);
  expect(readCheckpoint(found).hash).toBe(readCheckpoint(source).hash);
});

test.each(["model.safetensors", "config.json"])(
  "%s with another content is refused, and not kept",
  async (spoilt) => {
    hub.change = (path, content) => (path === spoilt ? Buffer.from(content).fill(0x20, 5, 6) : content);
    await expect(get()).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("wrong checksum"),
    });
    hub.change = (_, content) => content;
    expect(readCheckpoint(await get()).hash).toBe(readCheckpoint(source).hash);
  },
);

test("offline, the message says which files to put where", async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  await new Promise((resolve) => closed.close(resolve));
  const unreachable = fetchModel("owner/tiny", { folder, endpoint }, ctx);
  await expect(unreachable).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringMatching(
      /ECONNREFUSED.* put config\.json, tokenizer\.json, model\.safetensors .* into .*owner.tiny/,
    ),
  });
});

test("a name that the hub does not know is said to be wrong", async () => {
  await expect(get("owner/none")).rejects.toMatchObject({
    message: expect.stringContaining("Is the name right"),
  });
});

test("a stop is a stop", async () => {
  const signal = AbortSignal.abort();
  const stopped = fetchModel("owner/tiny", { folder, endpoint: hub.endpoint }, { ...ctx, signal });
  await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
});

test("silence ends", async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const waiting = fetchModel("owner/tiny", { folder, endpoint, silenceMs: 50 }, ctx);
  await expect(waiting).rejects.toMatchObject({
    message: expect.stringContaining("no answer within 0.05 s"),
  });
  silent.closeAllConnections();
  silent.close();
});

test("one process at a time; one that has died does not count", async () => {
  mkdirSync(join(folder, "owner"));
  writeFileSync(join(folder, "owner", "tiny.lock"), String(process.pid));
  await expect(get()).rejects.toMatchObject({ code: "CONFIG" });
  writeFileSync(join(folder, "owner", "tiny.lock"), "999999999");
  expect(await get()).toContain("tiny");
});

test.each([
  ["intfloat/e5-small-v2", true],
  ["use-lite", false],
  ["./folder/model", false],
  ["../folder", false],
  ["/folder/model", false],
  ["a/../b", false],
])("%s names a model of the hub: %s", (name, is) => {
  expect(isHubId(name)).toBe(is);
});
