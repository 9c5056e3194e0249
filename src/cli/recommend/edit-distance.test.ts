import fc from "fast-check";
import { distance } from "fastest-levenshtein";
import { expect, test } from "vitest";
import { editDistance } from "./edit-distance.ts";

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["heat", "heat", 0],
  ["haet", "heat", 1],
  ["termniator", "terminator", 1],
  ["kitten", "sitting", 3],
  ["ca", "abc", 3],
])("%s -> %s: %i", (a, b, expected) => {
  expect([editDistance(a, b), editDistance(b, a)]).toEqual([expected, expected]);
});

test("between Levenshtein's distance and half of it (property)", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBeLessThanOrEqual(distance(a, b));
      expect(editDistance(a, b)).toBeGreaterThanOrEqual(distance(a, b) / 2);
    }),
    { seed: 5 },
  );
});
