import { expect, test } from "vitest";
import { createLines } from "./lines.ts";

test("a line every few seconds and one at the end", () => {
  let now = 0;
  const lines: string[] = [];
  const progress = createLines({
    write: (line) => lines.push(line),
    clock: { now: () => now },
    everyMs: 5000,
  });
  const task = progress.start("training", 30);
  for (let done = 1; done <= 30; done++) {
    now += 400;
    task.update(done, "loss 0.5");
  }
  task.finish();
  const unknown = progress.start("reading", 0);
  now += 6000;
  unknown.update(7);
  unknown.finish("7 rows");
  expect(lines).toEqual([
    "training: 43 % (13 of 30), loss 0.5",
    "training: 86 % (26 of 30), loss 0.5",
    "training: done in 12.0 s",
    "reading: 7",
    "reading: done in 6.0 s, 7 rows",
  ]);
});
