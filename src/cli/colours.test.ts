import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { coloursFor } from "./colours.ts";

const pipe = new PassThrough();
const terminal = Object.assign(new PassThrough(), { isTTY: true });

test.each([
  [terminal, {}, true],
  [pipe, {}, false],
  [terminal, { TERM: "dumb" }, false],
  [terminal, { NO_COLOR: "1" }, false],
  [terminal, { NO_COLOR: "" }, true],
  [pipe, { FORCE_COLOR: "1" }, true],
  [pipe, { FORCE_COLOR: "0" }, false],
  [pipe, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
])("case %#: %o", (stream, env, coloured) => {
  expect(coloursFor(stream, env).red("x") !== "x").toBe(coloured);
});
