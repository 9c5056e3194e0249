import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { createInterrupt } from "./interrupt.ts";

test("the first Ctrl-C asks, the second ends, and none is heard afterwards", () => {
  const source = new EventEmitter();
  const said: string[] = [];
  let ended = 0;
  const interrupt = createInterrupt(
    source,
    (text) => said.push(text),
    () => ended++,
  );
  expect(interrupt.signal.aborted).toBe(false);
  source.emit("SIGINT");
  expect([interrupt.signal.aborted, said.length, ended]).toEqual([true, 1, 0]);
  source.emit("SIGINT");
  expect([said.length, ended]).toEqual([1, 1]);
  interrupt.dispose();
  source.emit("SIGTERM");
  expect(ended).toBe(1);
});
