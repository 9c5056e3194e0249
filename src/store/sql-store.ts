import type { Insertable, Kysely, Selectable, Transaction } from "kysely";
import { ForetasteError } from "../base/errors.ts";
import type { EventRow, ItemRow, Schema } from "./schema.ts";
import type { Appended, Counts, Features, Store, StoredEvent, StoredItem } from "./store.ts";

/** Rows a statement: six columns each stay below the bound on parameters of every supported database. */
const chunkRows = 500;

export interface SqlStoreOptions {
  readonly db: Kysely<Schema>;
  /** Named in errors: a file, or an address without its password. */
  readonly where: string;
  /** Runs a write again where the database refuses it for a passing reason; once by default. */
  readonly retry?: Retry;
}

export type Retry = <T>(work: () => Promise<T>) => Promise<T>;
const once: Retry = (work) => work();

/** The store over any database Kysely speaks; an adapter opens, tunes and migrates the connection. */
export function createSqlStore({ db, where, retry = once }: SqlStoreOptions): Store {
  let open = true;
  const inFlight = new Set<Promise<unknown>>();
  const use = <T>(work: () => Promise<T>): Promise<T> => {
    if (!open) return Promise.reject(closedError(where));
    const running = work().finally(() => inFlight.delete(running));
    inFlight.add(running);
    return running;
  };
  const write = <T>(work: (trx: Transaction<Schema>) => Promise<T>): Promise<T> =>
    use(() => retry(() => db.transaction().execute(work)));
  return {
    appendEvents: (events) => write((trx) => appendEvents(trx, events)),
    historyOf: (user, limit) => use(() => historyOf(db, user, limit)),
    putItems: (items) => write((trx) => putItems(trx, items)),
    getItem: (id) => use(() => getItem(db, id)),
    counts: () => use(() => counts(db)),
    async close() {
      open = false;
      await Promise.allSettled(inFlight);
      await db.destroy();
    },
  };
}

function closedError(where: string): ForetasteError {
  return new ForetasteError("INTERNAL", { where, expected: "an open store", got: "a closed one" });
}

async function appendEvents(db: Transaction<Schema>, events: readonly StoredEvent[]): Promise<Appended> {
  let accepted = 0;
  for (const chunk of chunks(events, chunkRows)) {
    await addIds(db, "users", distinct(chunk, "user"));
    await addIds(db, "items", distinct(chunk, "item"));
    const result = await db
      .insertInto("events")
      .values(chunk.map(toEventRow))
      .onConflict((conflict) => conflict.column("id").doNothing())
      .executeTakeFirst();
    accepted += Number(result.numInsertedOrUpdatedRows ?? 0n);
  }
  return { accepted, duplicates: events.length - accepted };
}

async function addIds(
  db: Transaction<Schema>,
  table: "users" | "items",
  ids: readonly string[],
): Promise<void> {
  const rows = ids.map((id) => ({ id }));
  await db
    .insertInto(table)
    .values(rows)
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

async function historyOf(db: Kysely<Schema>, user: string, limit: number): Promise<readonly StoredEvent[]> {
  const rows = await db
    .selectFrom("events")
    .selectAll()
    .where("user", "=", user)
    .orderBy("time", "desc")
    .orderBy("sequence", "desc")
    .limit(limit)
    .execute();
  return rows.reverse().map(fromEventRow);
}

async function putItems(db: Transaction<Schema>, items: readonly StoredItem[]): Promise<void> {
  // One statement may not touch a row twice (PostgreSQL), so the last of equal ids wins here.
  const latest = [...new Map(items.map((item) => [item.id, item])).values()];
  for (const chunk of chunks(latest, chunkRows)) {
    await db
      .insertInto("items")
      .values(chunk.map(toItemRow))
      .onConflict((conflict) =>
        conflict.column("id").doUpdateSet((set) => ({
          title: set.ref("excluded.title"),
          features: set.ref("excluded.features"),
        })),
      )
      .execute();
  }
}

async function getItem(db: Kysely<Schema>, id: string): Promise<StoredItem | undefined> {
  const row = await db.selectFrom("items").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : fromItemRow(row);
}

async function counts(db: Kysely<Schema>): Promise<Counts> {
  const [users, items, events] = await Promise.all([
    countOf(db, "users"),
    countOf(db, "items"),
    countOf(db, "events"),
  ]);
  return { users, items, events };
}

async function countOf(db: Kysely<Schema>, table: "users" | "items" | "events"): Promise<number> {
  const row = await db
    .selectFrom(table)
    .select((on) => on.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

function toEventRow(event: StoredEvent): Insertable<EventRow> {
  const { id, user, item, type, time, value = null } = event;
  return { id, user, item, type, time, value };
}

function fromEventRow({ id, user, item, type, time, value }: Selectable<EventRow>): StoredEvent {
  return { id, user, item, type, time, ...(value === null ? {} : { value }) };
}

function toItemRow({ id, title, features }: StoredItem): ItemRow {
  return {
    id,
    title: title ?? null,
    features: features === undefined ? null : JSON.stringify(features),
  };
}

function fromItemRow({ id, title, features }: ItemRow): StoredItem {
  return {
    id,
    ...(title === null ? {} : { title }),
    ...(features === null ? {} : { features: JSON.parse(features) as Features }),
  };
}

function distinct(events: readonly StoredEvent[], key: "user" | "item"): string[] {
  return [...new Set(events.map((event) => event[key]))];
}

function* chunks<T>(rows: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}
