import type { Generated } from "kysely";

/** Rows as the database holds them; every adapter has the same tables. */
export interface UserRow {
  id: string;
}

export interface ItemRow {
  id: string;
  title: string | null;
  /** JSON object of attributes. */
  features: string | null;
}

export interface EventRow {
  /** Order of arrival, given by the database. */
  sequence: Generated<number>;
  id: string;
  user: string;
  item: string;
  type: string;
  value: number | null;
  /** Unix time in seconds. */
  time: number;
}

export interface MigrationRow {
  version: number;
  name: string;
}

export interface Schema {
  users: UserRow;
  items: ItemRow;
  events: EventRow;
  migrations: MigrationRow;
}
