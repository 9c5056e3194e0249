import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import type { Range, Space } from "../../base/settings.ts";
import { importanceOf } from "./importance.ts";
import { checkSpace, fromUnit, sampleSettings, toUnit } from "./space.ts";
import { parseSpace } from "./space-schema.ts";

const log: Range = { kind: "number", low: 0.001, high: 10, log: true };
const whole: Range = { kind: "integer", low: 2, high: 10 };
const choice: Range = { kind: "choice", of: ["sgd", "adam"] };

test("places in a range by hand, there and back", () => {
  expect(toUnit(log, 0.1)).toBeCloseTo(0.5, 12);
  expect(fromUnit(log, 0.75)).toBe(1);
  expect(toUnit(whole, 4)).toBe(0.25);
  expect(fromUnit(whole, 0.3)).toBe(4);
  expect([toUnit(choice, "adam"), fromUnit(choice, 1), toUnit(choice, "none")]).toEqual([1, "adam", -1]);
  expect([toUnit(whole, 50), toUnit(log, 1e-9)]).toEqual([1, 0]);
});

test("draws stay inside, and another setting does not move the others", () => {
  const space: Space = { log, whole, choice };
  for (let seed = 0; seed < 200; seed++) {
    const { log: rate, whole: size } = sampleSettings(space, createRng(seed));
    expect(Number(rate)).toBeGreaterThanOrEqual(0.001);
    expect(Number(rate)).toBeLessThanOrEqual(10);
    expect([2, 3, 4, 5, 6, 7, 8, 9, 10]).toContain(size);
    expect(sampleSettings({ whole }, createRng(seed))["whole"]).toBe(size);
  }
});

test.each<[Space, string]>([
  [{}, "x: expected at least one setting to search"],
  [{ speed: whole }, 'x.speed: expected one of rate, size, name, got "speed"'],
  [{ rate: { ...log, low: 0 } }, "x.rate: expected a logarithmic range above 0"],
  [{ size: { ...whole, low: 10 } }, "x.size: expected low below high"],
  [{ name: whole }, "x.name: expected a choice of strings"],
  [{ name: { kind: "choice", of: [1] } }, "x.name: expected values of type string, got 1"],
])("%j is refused", (space, message) => {
  expect(() => checkSpace(space, { rate: 0.1, size: 4, name: "a" }, "x")).toThrow(message);
});

test("a file of ranges is checked", () => {
  expect(parseSpace({ rate: log, size: whole, name: choice }, "s.toml")).toEqual({
    rate: log,
    size: whole,
    name: choice,
  });
  expect(() => parseSpace({ rate: { kind: "number", low: 1 } }, "s.toml")).toThrow("s.toml: rate");
});

test("what matters is named first, what does not explains nothing", () => {
  const rng = createRng(4);
  const space: Space = { log, whole, choice };
  const trials = Array.from({ length: 200 }, (_, i) => {
    const settings = sampleSettings(space, rng.split(i));
    return { settings, value: Number(settings["whole"]) + (settings["choice"] === "adam" ? 2 : 0) };
  });
  const [first, second, third] = importanceOf(space, trials);
  expect([first?.setting, second?.setting, third?.setting]).toEqual(["whole", "choice", "log"]);
  expect(first?.share).toBeGreaterThan(0.5);
  expect(third?.share).toBeLessThan(0.05);
});
