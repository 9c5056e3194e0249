import { type Kysely, sql } from "kysely";
import { check } from "../base/errors.ts";
import type { Schema } from "./schema.ts";

/** What differs between databases when tables are made. */
export interface MigrationDialect {
  /** Runs `work` in one transaction that no other process can run at the same time. */
  exclusively<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T>;
  /** Column type of a primary key that the database counts up by itself. */
  readonly sequenceType: "integer" | "bigserial";
}

/** One step of the schema. Numbered from 1 without gaps; a published step is never edited, only followed. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  up(db: Kysely<Schema>, dialect: MigrationDialect): Promise<void>;
}

const first: Migration = {
  version: 1,
  name: "users, items, events",
  async up(db, dialect) {
    await db.schema
      .createTable("users")
      .addColumn("id", "text", (c) => c.primaryKey().notNull())
      .execute();
    await db.schema
      .createTable("items")
      .addColumn("id", "text", (c) => c.primaryKey().notNull())
      .addColumn("title", "text")
      .addColumn("features", "text")
      .execute();
    await db.schema
      .createTable("events")
      .addColumn("sequence", dialect.sequenceType, (c) => c.primaryKey())
      .addColumn("id", "text", (c) => c.notNull().unique())
      .addColumn("user", "text", (c) => c.notNull().references("users.id"))
      .addColumn("item", "text", (c) => c.notNull().references("items.id"))
      .addColumn("type", "text", (c) => c.notNull())
      .addColumn("value", "double precision")
      .addColumn("time", "double precision", (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex("events_of_user")
      .on("events")
      .columns(["user", "time", "sequence"])
      .execute();
  },
};

export const migrations: readonly Migration[] = [first];

/**
 * Brings the database to the newest schema. Safe to call from many processes at once: one migrates, the others wait.
 *
 * @throws ForetasteError `CONFIG` when the database was written by a newer version of the program.
 */
export async function migrate(
  dialect: MigrationDialect,
  where: string,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  await dialect.exclusively(async (db) => {
    await db.schema
      .createTable("migrations")
      .ifNotExists()
      .addColumn("version", "integer", (c) => c.primaryKey().notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .execute();
    const row = await db
      .selectFrom("migrations")
      .select(sql<number | null>`max(version)`.as("at"))
      .executeTakeFirst();
    const at = row?.at ?? 0;
    check(at <= steps.length, "CONFIG", () => newerDatabase(where, at, steps.length));
    for (const step of steps.slice(at)) {
      await step.up(db, dialect);
      await db.insertInto("migrations").values({ version: step.version, name: step.name }).execute();
    }
  });
}

function newerDatabase(where: string, at: number, known: number) {
  return {
    where,
    expected: `a database of schema version ${known} or older`,
    got: `version ${at}`,
    hint: "It was written by a newer version of this program: upgrade, or give another --store.",
  };
}
