import { expect, test } from "vitest";
import { type Box, layOut } from "./layout.ts";

test("parallel chains do not cross, however their boxes are numbered", () => {
  const chains = 5;
  const box = (...from: number[]): Box => ({ width: 40, from });
  const boxes: Box[] = Array.from({ length: chains }, () => box());
  // Each layer lists the chains in another order.
  let ends = boxes.map((_, i) => i);
  for (let layer = 0; layer < 6; layer++) {
    const order = ends.map((_, i) => (i * 2 + layer) % chains);
    const next: number[] = [];
    for (const chain of order) next[chain] = boxes.push(box(ends[chain] ?? 0)) - 1;
    ends = next;
  }
  const { at } = layOut(boxes);
  for (const [i, { from }] of boxes.entries())
    for (const j of from) expect(Math.abs((at[i]?.x ?? 0) - (at[j]?.x ?? 99))).toBeLessThan(1);
});

test("a source stands right above its first user, a long line leaves room beside the boxes it passes", () => {
  const from = [[], [0], [1], [2], [], [3, 4], [5, 0]];
  const { at, trunks } = layOut(from.map((sources) => ({ width: 60, from: sources })));
  expect(at.map(({ layer }) => layer)).toEqual([0, 1, 2, 3, 3, 4, 5]);
  expect(trunks[0]?.map(({ layer }) => layer)).toEqual([0, 1, 2, 3, 4]);
  const beside = at.slice(1, 5).map((box) => Math.abs(box.x - (trunks[0]?.[box.layer]?.x ?? box.x)));
  for (const distance of beside) expect(distance).toBeGreaterThan(30);
});
