import { expect, test } from "vitest";
import { assertDisjoint, splitStreams } from "./streams.ts";

const users = Int32Array.from({ length: 50 }, (_, i) => 2 * i);

test("everybody is in one stream, the share in outerValid, the seed deciding who", () => {
  const { train, outerValid } = splitStreams(users, { share: 0.1, seed: 7 });
  expect(outerValid).toHaveLength(5);
  expect([...train, ...outerValid].sort((a, b) => a - b)).toEqual([...users]);
  expect(splitStreams(users, { share: 0.1, seed: 7 }).outerValid).toEqual(outerValid);
  expect(splitStreams(users, { share: 0.1, seed: 8 }).outerValid).not.toEqual(outerValid);
});

test("streams that share somebody are refused with the name of both", () => {
  const streams = { train: Int32Array.of(1, 2), outerValid: Int32Array.of(3), test: Int32Array.of(4, 2) };
  expect(() => assertDisjoint(streams)).toThrow('user 2 in "train" and in "test"');
  expect(() => assertDisjoint({ ...streams, test: Int32Array.of(4) })).not.toThrow();
});

test("twice in the same stream is no leak", () => {
  expect(() => assertDisjoint({ train: Int32Array.of(1, 1) })).not.toThrow();
});
