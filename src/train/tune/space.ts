import { check, ForetasteError } from "../../base/errors.ts";
import type { Rng } from "../../base/rng.ts";
import type { Range, Settings, Space } from "../../base/settings.ts";

/** A value of one setting. */
export type Value = Settings[string];

/**
 * Where a value lies in its range, in [0, 1], the nearer end for one outside of it; of a choice, its position, and -1 for
 * what is no choice.
 *
 * @example toUnit({ kind: "number", low: 1, high: 100, log: true }, 10); // .5
 */
export function toUnit(range: Range, value: Value): number {
  if (range.kind === "choice") return range.of.indexOf(value);
  const [low, high, at] = onScale(range, [range.low, range.high, Number(value)]);
  return Math.min(1, Math.max(0, (at! - low!) / (high! - low!)));
}

/** The reverse of {@link toUnit}: whole numbers are rounded, and nothing leaves the range. */
export function fromUnit(range: Range, unit: number): Value {
  if (range.kind === "choice") return range.of[Math.round(unit)] as Value;
  const [low, high] = onScale(range, [range.low, range.high]);
  const raw = low! + unit * (high! - low!);
  const value = range.log === true ? Math.exp(raw) : raw;
  const whole = range.kind === "integer" ? Math.round(value) : Number(value.toPrecision(4));
  return Math.min(range.high, Math.max(range.low, whole));
}

/** A value drawn evenly over the (logarithmic) scale, or of the choices. */
export function sampleValue(range: Range, rng: Rng): Value {
  return fromUnit(range, range.kind === "choice" ? rng.int(range.of.length) : rng.next());
}

/** One value for every setting, each by a stream of its own, so that another setting does not move the others. */
export function sampleSettings(space: Space, rng: Rng): Settings {
  const entries = Object.entries(space).map(([name, range]) => [name, sampleValue(range, rng.split(name))]);
  return Object.fromEntries(entries) as Settings;
}

/**
 * Checks that every range can be drawn from and that the system has the settings.
 *
 * @throws CONFIG
 */
export function checkSpace(space: Space, settings: Settings, where: string): Space {
  check(Object.keys(space).length > 0, "CONFIG", () => ({
    where,
    expected: "at least one setting to search",
    got: "none",
    hint: "Give a TOML file with --space.",
  }));
  for (const [name, range] of Object.entries(space)) {
    check(Object.hasOwn(settings, name), "CONFIG", () => ({
      where: `${where}.${name}`,
      expected: `one of ${Object.keys(settings).join(", ") || "no settings"}`,
      got: `"${name}"`,
    }));
    checkRange(range, `${where}.${name}`, settings[name] as Value);
  }
  return space;
}

function checkRange(range: Range, where: string, byDefault: Value): void {
  const fail = (expected: string, got: string): never => {
    throw new ForetasteError("CONFIG", { where, expected, got });
  };
  if (range.kind === "choice") {
    const odd = range.of.find((value) => typeof value !== typeof byDefault);
    if (range.of.length === 0) fail("values to choose from", "none");
    if (odd !== undefined) fail(`values of type ${typeof byDefault}`, JSON.stringify(odd));
    return;
  }
  const { low, high, log = false } = range;
  if (typeof byDefault !== "number") fail(`a choice of ${typeof byDefault}s`, "a range of numbers");
  if (!(low < high)) fail("low below high", `${low} and ${high}`);
  if (log && low <= 0) fail("a logarithmic range above 0", `low ${low}`);
}

function onScale(range: { readonly log?: boolean }, values: readonly number[]): number[] {
  return range.log === true ? values.map(Math.log) : [...values];
}
