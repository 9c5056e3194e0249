import { ForetasteError } from "../base/errors.ts";
import { nearest } from "../base/schema.ts";
import type { Settings } from "../base/settings.ts";

type Setting = Settings[string];

/**
 * Settings given for a system, checked against all it has: known names, and values of the type of the default.
 *
 * @param where whose they are, in errors
 * @throws CONFIG with the nearest right name
 * @example checkSettings("ease", { regularisation: 500 }, { regularisation: 1000, popularity: 0 });
 */
export function checkSettings(where: string, given: Settings, defaults: Settings): Settings {
  for (const [name, value] of Object.entries(given)) {
    const known = knownSetting(where, name, defaults);
    const fits = typeof value === typeof known && (typeof value !== "number" || Number.isFinite(value));
    if (!fits) throw wrongValue(`${where}.${name}`, known, JSON.stringify(value));
  }
  return given;
}

/**
 * A setting written as text, of the type of its default.
 *
 * @throws CONFIG as {@link checkSettings}
 */
export function parseSetting(where: string, name: string, text: string, defaults: Settings): Setting {
  const known = knownSetting(where, name, defaults);
  if (typeof known === "string") return text;
  if (typeof known === "boolean" && (text === "true" || text === "false")) return text === "true";
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (typeof known === "number" && Number.isFinite(number)) return number;
  throw wrongValue(`${where}.${name}`, known, `"${text}"`);
}

/** `{ ratings: { epochs: 3 } }` as `{ "ratings.epochs": 3 }`; lists are joined by commas. */
export function flattenSettings(tree: object, prefix = ""): Settings {
  const entries = Object.entries(tree).flatMap(([name, value]): [string, Setting][] => {
    if (Array.isArray(value)) return [[prefix + name, value.join(",")]];
    if (typeof value === "object" && value !== null) {
      return Object.entries(flattenSettings(value as object, `${prefix}${name}.`));
    }
    return [[prefix + name, value as Setting]];
  });
  return Object.fromEntries(entries);
}

/** The reverse of {@link flattenSettings} for settings without lists. */
export function nestSettings(settings: Settings): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(settings)) {
    const names = path.split(".");
    const last = names.pop() as string;
    let at = tree;
    for (const name of names) at = (at[name] ??= {}) as Record<string, unknown>;
    at[last] = value;
  }
  return tree;
}

function knownSetting(where: string, name: string, defaults: Settings): Setting {
  const known = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
  if (known !== undefined) return known;
  const names = Object.keys(defaults);
  const near = nearest(name, names);
  throw new ForetasteError("CONFIG", {
    where: `${where}.${name}`,
    expected: names.length === 0 ? "no settings" : `one of ${names.join(", ")}`,
    got: `"${name}"`,
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}

function wrongValue(where: string, known: Setting, got: string): ForetasteError {
  const type = typeof known === "boolean" ? "true or false" : `a ${typeof known}`;
  return new ForetasteError("CONFIG", { where, expected: `${type}, such as ${String(known)}`, got });
}
