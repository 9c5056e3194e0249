import { expect, test } from "vitest";
import { hashJson, sha256 } from "./hash.ts";

test("SHA-256 of known texts (FIPS 180-4), of text and of its bytes", () => {
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(sha256("")).toBe(empty);
  expect(sha256("abc")).toBe(abc);
  expect(sha256(Uint8Array.of(97, 98, 99))).toBe(abc);
});

test("equal values have equal hashes whatever the order of their keys; other values and orders of lists do not", () => {
  const value = { a: 1, b: { c: [1, 2], d: null } };
  expect(hashJson({ b: { d: null, c: [1, 2] }, a: 1 })).toBe(hashJson(value));
  for (const other of [{ ...value, a: 2 }, { a: 1, b: { c: [2, 1], d: null } }, { a: 1 }])
    expect(hashJson(other)).not.toBe(hashJson(value));
});
