import picocolors from "picocolors";
import { expect, test } from "vitest";
import { ForetasteError } from "../base/errors.ts";
import { exitCodeOf, formatError } from "./report-error.ts";

const plain = picocolors.createColors(false);
const stopped = new ForetasteError("CANCELLED", { where: "training", expected: "the end", got: "Ctrl-C" });

test("exit codes: failed 1, stopped 130", () => {
  const abort = Object.assign(new Error("aborted"), { name: "AbortError" });
  expect([exitCodeOf(stopped), exitCodeOf(abort), exitCodeOf(new Error("x")), exitCodeOf("x")]).toEqual([
    130, 130, 1, 1,
  ]);
});

test("one line; a defect asks to be reported; --debug adds where it came from", () => {
  expect(formatError(stopped, plain, false)).toBe("error[CANCELLED] training: expected the end, got Ctrl-C.");
  expect(formatError(new Error("a\n  b"), plain, false)).toMatch(
    /^error\[INTERNAL\] a b This is a defect .*--debug\.$/,
  );
  const deep = new Error("outer", { cause: new Error("inner") });
  expect(formatError(deep, plain, true)).toMatch(
    /^error\[INTERNAL\] outer\nError: outer\n[^]*caused by Error: inner/,
  );
});
