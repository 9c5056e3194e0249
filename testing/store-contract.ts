import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store, StoredEvent } from "../src/store/store.ts";

/** A place where a store can be opened many times, as after a restart; each call of the factory gives an empty one. */
export interface StorePlace {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

export function eventOf(id: string, parts: Partial<StoredEvent> = {}): StoredEvent {
  return { id, user: "ann", item: "m1", type: "rate", value: 8, time: 100, ...parts };
}

/** What every {@link Store} must do. A new adapter's test is one call of this. */
export function storeContract(name: string, createPlace: () => Promise<StorePlace>): void {
  describe(`store contract: ${name}`, () => {
    let place: StorePlace;
    let store: Store;
    beforeEach(async () => {
      place = await createPlace();
      store = await place.open();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });
    eventTests(() => store);
    itemTests(() => store);
    lifeTests(
      () => place,
      () => store,
    );
  });
}

function eventTests(current: () => Store): void {
  test("an empty store counts nothing, and a stranger has no history", async () => {
    expect(await current().counts()).toEqual({ users: 0, items: 0, events: 0 });
    expect(await current().historyOf("nobody", 10)).toEqual([]);
    expect(await current().appendEvents([])).toEqual({ accepted: 0, duplicates: 0 });
  });

  test("events come back whole, and create their users and items", async () => {
    const rated = eventOf("e1", { value: 7.5, time: 12.25 });
    const { value: _, ...viewed } = eventOf("e2", { type: "view", item: "m2", time: 13 });
    expect(await current().appendEvents([rated, viewed])).toEqual({ accepted: 2, duplicates: 0 });
    expect(await current().historyOf("ann", 10)).toEqual([rated, viewed]);
    expect(await current().counts()).toEqual({ users: 1, items: 2, events: 2 });
    expect(await current().getItem("m2")).toEqual({ id: "m2" });
  });

  test("an event id is unique: the first one stays, within a batch and across batches", async () => {
    const first = eventOf("e1", { value: 3 });
    expect(await current().appendEvents([first, eventOf("e1", { value: 9 })])).toEqual({
      accepted: 1,
      duplicates: 1,
    });
    const again = [eventOf("e1", { value: 5 }), eventOf("e2", { time: 101 })];
    expect(await current().appendEvents(again)).toEqual({ accepted: 1, duplicates: 1 });
    expect(await current().historyOf("ann", 10)).toEqual([first, again[1]]);
  });

  test("a history is the latest events, oldest first, equal times in order of arrival, of one user only", async () => {
    const times: readonly (readonly [string, number])[] = [
      ["c", 30],
      ["a", 10],
      ["d1", 40],
      ["b", 20],
      ["d2", 40],
    ];
    await current().appendEvents(times.map(([id, time]) => eventOf(id, { time })));
    await current().appendEvents([eventOf("other", { user: "bob", time: 99 })]);
    const idsOf = async (limit: number) => (await current().historyOf("ann", limit)).map((event) => event.id);
    expect(await idsOf(10)).toEqual(["a", "b", "c", "d1", "d2"]);
    expect(await idsOf(3)).toEqual(["c", "d1", "d2"]);
    expect(await idsOf(0)).toEqual([]);
  });

  test("a batch with an impossible event leaves nothing behind", async () => {
    const broken = { ...eventOf("e2"), type: null } as unknown as StoredEvent;
    await expect(current().appendEvents([eventOf("e1"), broken])).rejects.toThrow(/null/i);
    expect(await current().counts()).toEqual({ users: 0, items: 0, events: 0 });
  });

  test("large batches and calls side by side lose nothing", async () => {
    const batch = (name: string) =>
      Array.from({ length: 1201 }, (_, i) => eventOf(`${name}${i}`, { user: `u${i % 7}`, item: `m${i}` }));
    const results = await Promise.all(["a", "b"].map((name) => current().appendEvents(batch(name))));
    expect(results).toEqual([
      { accepted: 1201, duplicates: 0 },
      { accepted: 1201, duplicates: 0 },
    ]);
    expect(await current().counts()).toEqual({ users: 7, items: 1201, events: 2402 });
  });

  test("ids are any text, never part of a statement (property)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), idText, idText, async (id, user, item) => {
        const event = eventOf(id, { user, item });
        await current().appendEvents([event]);
        expect(await current().historyOf(user, 1000)).toContainEqual(event);
        expect(await current().getItem(item)).toEqual({ id: item });
      }),
      { seed: 3, numRuns: 25, examples: [["q", "'; drop table events; --", '"\u00e9\u{1f600}\n']] },
    );
  });
}

/** Text without lone surrogates and without NUL, which no database stores as text. */
const idText: fc.Arbitrary<string> = fc
  .string({ unit: "binary", minLength: 1, maxLength: 20 })
  .filter((text) => !text.includes("\0"));

function itemTests(current: () => Store): void {
  test("an item is created, replaced, and kept when an event names it", async () => {
    const features = { genres: ["Drama", "Crime"], year: 1995, director: "Mann" };
    await current().putItems([{ id: "m1", title: "Heat", features }, { id: "m9" }]);
    expect(await current().getItem("m1")).toEqual({ id: "m1", title: "Heat", features });
    expect(await current().getItem("m9")).toEqual({ id: "m9" });
    await current().appendEvents([eventOf("e1")]);
    expect(await current().getItem("m1")).toEqual({ id: "m1", title: "Heat", features });
    await current().putItems([
      { id: "m1", title: "first" },
      { id: "m1", title: "last wins" },
    ]);
    expect(await current().getItem("m1")).toEqual({ id: "m1", title: "last wins" });
    expect(await current().getItem("nothing")).toBeUndefined();
    expect((await current().counts()).items).toBe(2);
  });
}

function lifeTests(place: () => StorePlace, current: () => Store): void {
  test("what was acknowledged is there after closing and opening again", async () => {
    await current().appendEvents([eventOf("e1")]);
    await current().close();
    const reopened = await place().open();
    expect(await reopened.historyOf("ann", 5)).toEqual([eventOf("e1")]);
    expect(await reopened.appendEvents([eventOf("e1")])).toEqual({ accepted: 0, duplicates: 1 });
    await reopened.close();
  });

  test("two openings at once migrate once and see each other's writes", async () => {
    const others = await Promise.all([place().open(), place().open()]);
    await others[0]?.appendEvents([eventOf("e1")]);
    expect(await others[1]?.historyOf("ann", 5)).toEqual([eventOf("e1")]);
    expect(await current().historyOf("ann", 5)).toEqual([eventOf("e1")]);
    for (const other of others) await other.close();
  });

  test("two openings that write at the same time wait for each other", async () => {
    const other = await place().open();
    const batch = (name: string) => Array.from({ length: 600 }, (_, i) => eventOf(`${name}-${i}`));
    const writes = Array.from({ length: 8 }, (_, i) =>
      (i % 2 === 0 ? other : current()).appendEvents(batch(`b${i}`)),
    );
    expect((await Promise.all(writes)).map(({ accepted }) => accepted)).toEqual(Array(8).fill(600));
    expect((await current().counts()).events).toBe(4800);
    await other.close();
  });

  test("closing waits for work in flight, twice is once, and a closed store says so", async () => {
    const writing = current().appendEvents([eventOf("e1")]);
    await current().close();
    expect(await writing).toEqual({ accepted: 1, duplicates: 0 });
    await current().close();
    await expect(current().counts()).rejects.toThrow("expected an open store, got a closed one");
  });
}
