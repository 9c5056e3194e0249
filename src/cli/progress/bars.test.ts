import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createProgress } from "./progress.ts";

function terminal() {
  let text = "";
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100 });
  stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return { stream, text: () => text };
}
const outside = { clock: { now: () => 0 }, env: {} };

test("bars reach their end, one below the other, and the cursor comes back", async () => {
  const { stream, text } = terminal();
  const progress = createProgress(stream, outside);
  const outer = progress.start("training for a very long while", 4);
  const inner = progress.start("epoch", 10);
  inner.update(5, "loss 0.91");
  inner.finish();
  inner.finish("twice is once");
  outer.finish("best 0.84");
  await new Promise((resolve) => setImmediate(resolve));
  expect(text()).toMatch(/training for a very long …\s+━{24} 100 % \S+ best 0\.84/);
  expect(text()).toMatch(/epoch {21,} ?━{24} 100 %/);
  expect(text().lastIndexOf("\u001b[?25h")).toBeGreaterThan(text().lastIndexOf("\u001b[?25l"));
});

test("stop leaves nothing running, and later work starts afresh", async () => {
  const { stream, text } = terminal();
  const progress = createProgress(stream, outside);
  const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const task = progress.start("given up", 10);
  progress.stop();
  task.finish();
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(before);
  progress.start("afresh", 1).finish();
  await new Promise((resolve) => setImmediate(resolve));
  expect(text()).toMatch(/afresh\s+━{24} 100 %/);
});
