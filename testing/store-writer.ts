/** A process that writes batches of three events for ever and prints how many were acknowledged; made to be killed. */
import { writeSync } from "node:fs";
import { openSqliteStore } from "../src/store/sqlite.ts";

const store = await openSqliteStore(process.argv[2] ?? ":memory:");
for (let at = 0; ; at += 3) {
  const batch = [at, at + 1, at + 2].map((i) => {
    return { id: `e${i}`, user: "ann", item: `m${i}`, type: "rate", value: 8, time: i };
  });
  const { accepted } = await store.appendEvents(batch);
  writeSync(1, `${at + accepted}\n`);
}
