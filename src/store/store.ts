/** The value of one attribute of a stored user or item. */
export type Feature = string | number | readonly string[];
export type Features = Readonly<Record<string, Feature>>;

/** One observed interaction. Ids are the caller's own; `id` makes posting twice harmless. */
export interface StoredEvent {
  readonly id: string;
  readonly user: string;
  readonly item: string;
  /** What happened: `rate`, `like`, `view`, ... */
  readonly type: string;
  readonly value?: number;
  /** Unix time in seconds. */
  readonly time: number;
}

export interface StoredItem {
  readonly id: string;
  readonly title?: string;
  readonly features?: Features;
}

export interface Appended {
  /** Events that were written by this call. */
  readonly accepted: number;
  /** Events whose id was there already; the stored one stays as it is. */
  readonly duplicates: number;
}

export interface Counts {
  readonly users: number;
  readonly items: number;
  readonly events: number;
}

/**
 * What a live service remembers. One port, one contract suite (`testing/store-contract.ts`), an adapter a database.
 * Every promise of a write resolves only when the write is on disk; a batch is written wholly or not at all.
 */
export interface Store {
  /** Adds events and creates the users and items they name. Idempotent by event id. */
  appendEvents(events: readonly StoredEvent[]): Promise<Appended>;
  /** The latest `limit` events of a user, oldest first (equal times in order of arrival); empty for a stranger. */
  historyOf(user: string, limit: number): Promise<readonly StoredEvent[]>;
  /** Creates items or replaces what is known of them. */
  putItems(items: readonly StoredItem[]): Promise<void>;
  getItem(id: string): Promise<StoredItem | undefined>;
  counts(): Promise<Counts>;
  /** Ends all work in flight and releases the database. Later calls are refused with `INTERNAL`. */
  close(): Promise<void>;
}
