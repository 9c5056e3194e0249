import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import Database from "libsql";
import { ForetasteError } from "../base/errors.ts";
import { type MigrationDialect, migrate } from "./migrations.ts";
import type { Schema } from "./schema.ts";
import { createSqlStore } from "./sql-store.ts";
import type { Store } from "./store.ts";

/** A writer asks again this often while another one holds the file: five seconds in all, without blocking others. */
const busyAttempts = 250;
const busyPauseMs = 20;

/**
 * Opens (or creates) an embedded store in one file, in WAL mode with `synchronous = FULL`: what was acknowledged
 * survives a killed process and a lost power supply. `":memory:"` keeps nothing and is for tests.
 *
 * @throws ForetasteError `DATA` when the file is no SQLite database, `NOT_FOUND` when it cannot be opened,
 *   `CONFIG` when a newer version of the program wrote it.
 * @example const store = await openSqliteStore("foretaste.db");
 */
export async function openSqliteStore(path: string): Promise<Store> {
  const db = new Kysely<Schema>({
    dialect: new SqliteDialect({ database: withImmediateTransactions(open(path)) }),
  });
  try {
    await retryWhenBusy(() => migrate(sqliteMigrations(db), path));
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return createSqlStore({ db, where: path, retry: retryWhenBusy });
}

function open(path: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    database = new Database(path);
    // Turning a new file to WAL needs it alone; afterwards the driver must not block the whole process to wait.
    database.exec("PRAGMA busy_timeout = 5000");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA busy_timeout = 0");
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA foreign_keys = ON");
    return database;
  } catch (cause) {
    database?.close();
    throw cannotOpen(path, cause);
  }
}

async function retryWhenBusy<T>(work: () => Promise<T>): Promise<T> {
  for (let left = busyAttempts; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left <= 1 || !isBusy(error)) throw error;
      await pause(busyPauseMs);
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
}

function cannotOpen(path: string, cause: unknown): ForetasteError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const foreign = reason.includes("not a database");
  return new ForetasteError(foreign ? "DATA" : "NOT_FOUND", {
    where: path,
    expected: "a SQLite database that can be opened and written, or a path where one can be created",
    got: reason,
    hint: "Give another path with --store.",
    cause,
  });
}

/**
 * Transactions take the write lock at their start, so that only `begin` can find the file busy. It must be `exec`: a
 * prepared statement of libsql that failed with SQLITE_BUSY is never reset, and every later commit would then fail.
 */
function withImmediateTransactions(database: Database.Database): SqliteDatabase {
  const transaction: Record<string, string> = {
    begin: "begin immediate",
    commit: "commit",
    rollback: "rollback",
  };
  return {
    close: () => database.close(),
    prepare(statement) {
      const control = transaction[statement];
      return control === undefined ? database.prepare(statement) : execOnly(database, control);
    },
  };
}

function execOnly(database: Database.Database, statement: string): ReturnType<SqliteDatabase["prepare"]> {
  return {
    reader: false,
    all: () => [],
    iterate: () => [][Symbol.iterator](),
    run() {
      database.exec(statement);
      return { changes: 0, lastInsertRowid: 0 };
    },
  };
}

function sqliteMigrations(db: Kysely<Schema>): MigrationDialect {
  return { sequenceType: "integer", exclusively: (work) => db.transaction().execute(work) };
}
