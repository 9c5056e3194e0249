import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { expect, test } from "vitest";
import { eventOf, type StorePlace, storeContract } from "../../testing/store-contract.ts";
import { openSqliteStore } from "./sqlite.ts";

async function temporaryPlace(): Promise<StorePlace & { readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), "foretaste-store-"));
  const file = join(folder, "deep", "store.db");
  return { file, open: () => openSqliteStore(file), remove: () => rm(folder, { recursive: true }) };
}

storeContract("sqlite", temporaryPlace);

test("the file is in WAL mode", async () => {
  const place = await temporaryPlace();
  const store = await place.open();
  const other = new Database(place.file);
  expect(other.prepare("PRAGMA journal_mode").all()).toEqual([{ journal_mode: "wal" }]);
  other.close();
  await store.close();
  await place.remove();
});

test("a file that is no database is refused with its path", async () => {
  const folder = await mkdtemp(join(tmpdir(), "foretaste-store-"));
  const file = join(folder, "notes.txt");
  await writeFile(file, "just some notes, not a database at all. ".repeat(200));
  await expect(openSqliteStore(file)).rejects.toMatchObject({ code: "DATA", parts: { where: file } });
  await expect(openSqliteStore(folder)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await rm(folder, { recursive: true });
});

test("a database of a newer version is refused and left alone", async () => {
  const place = await temporaryPlace();
  await (await place.open()).close();
  const raw = new Database(place.file);
  raw.exec("insert into migrations (version, name) values (99, 'from the future')");
  raw.close();
  await expect(place.open()).rejects.toMatchObject({ code: "CONFIG", parts: { got: "version 99" } });
  await place.remove();
});

test("a writer waits while another process holds the file, without blocking this one", async () => {
  const place = await temporaryPlace();
  const store = await place.open();
  const holder = new Database(place.file);
  holder.exec("begin immediate");
  let done = false;
  const writing = store.appendEvents([eventOf("e1")]).finally(() => (done = true));
  await pause(70);
  expect([done, await store.counts()]).toEqual([false, { users: 0, items: 0, events: 0 }]);
  holder.exec("rollback");
  expect(await writing).toEqual({ accepted: 1, duplicates: 0 });
  holder.close();
  await store.close();
  await place.remove();
});

test("a process killed in mid-write loses nothing it acknowledged, and the rest is a prefix", async () => {
  const place = await temporaryPlace();
  await (await place.open()).close();
  const acknowledged = await writeUntilKilled(place.file, 40);
  const store = await place.open();
  const kept = await store.historyOf("ann", 100_000);
  expect(kept.length).toBeGreaterThanOrEqual(acknowledged);
  expect(kept.map((event) => event.id)).toEqual(kept.map((_, at) => `e${at}`));
  // Every batch of the writer has three events: half a batch would show.
  expect(kept.length % 3).toBe(0);
  await store.close();
  await place.remove();
});

/** Starts a writer, kills it with SIGKILL after some acknowledgements; returns how many events it acknowledged. */
async function writeUntilKilled(file: string, batches: number): Promise<number> {
  const script = fileURLToPath(new URL("../../testing/store-writer.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let acknowledged = 0;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (++lines === batches) child.kill("SIGKILL");
  }
  expect(await exited).toEqual([null, "SIGKILL"]);
  expect(lines).toBeGreaterThanOrEqual(batches);
  return acknowledged;
}
