import { ForetasteError } from "../../base/errors.ts";
import type { Settings } from "../../base/settings.ts";
import { type PairSystem, pairSystemNamed, pairSystems } from "../pair-systems.ts";
import { checkSettings, flattenSettings, parseSetting } from "../settings.ts";
import { type System, systemNamed, systems } from "../systems.ts";
import type { Arena } from "./arena.ts";

export type AnySystem = System | PairSystem;

/** A system that takes part, with the settings that are not its defaults. */
export interface Entrant {
  /** Its name in tables: the system's, with what was set by hand. */
  readonly label: string;
  readonly system: AnySystem;
  readonly settings: Settings;
  /** What reads the items' texts for it, where it is not what reads them for everybody. */
  readonly encoder?: string;
}

/** What was found for systems before, by name: the `[model]` tables of settings files. */
export type TunedSettings = ReadonlyMap<string, Settings>;

/**
 * The systems named, or all that suit the protocol. `maml:innerSteps=5:order=1` is one with settings of its own, and
 * `bayes-head@use-lite` one for which an encoder reads the items' texts; both stand in its label.
 *
 * @throws NOT_FOUND, CONFIG for unknown systems and settings, and for the same entrant twice
 * @example entrantsOf("bayes-head,bayes-head:averaging=0,bayes-head@use-lite", arena);
 */
export function entrantsOf(
  wanted: string | undefined,
  arena: Field,
  tuned: TunedSettings = new Map(),
): Entrant[] {
  const names = wanted?.split(",").map((text) => text.trim()) ?? suiting(arena).map(({ name }) => name);
  const entrants = names.map((name) => entrantOf(name, arena, tuned));
  const twice = entrants.find(({ label }, at) => entrants.findIndex((one) => one.label === label) < at);
  if (twice === undefined) return entrants;
  throw new ForetasteError("CONFIG", {
    where: "systems",
    expected: "each once",
    got: `${twice.label} twice`,
  });
}

type Field = Pick<Arena, "kind" | "purpose" | "about" | "data">;

function suiting({ kind, purpose, about = "item", data = "events" }: Field): readonly AnySystem[] {
  if (kind === "pairs") return pairSystems.filter((system) => system.about.includes(about));
  return systems.filter(({ only = [purpose], data: made = data }) => only.includes(purpose) && made === data);
}

/** @throws NOT_FOUND when the table of that kind has none of that name */
export function entrantNamed(name: string, { kind }: Pick<Arena, "kind">): AnySystem {
  return kind === "pairs" ? pairSystemNamed(name) : systemNamed(name);
}

function entrantOf(text: string, arena: Field, tuned: TunedSettings): Entrant {
  const [head = "", ...pairs] = text.split(":");
  const [name = "", encoder] = head.split("@");
  const system = entrantNamed(name, arena);
  const own = Object.fromEntries(pairs.map((pair) => settingOf(system, pair)));
  const settings = { ...tuned.get(name), ...own };
  return { label: text, system, settings, ...(encoder !== undefined && { encoder }) };
}

function settingOf({ name, settings }: AnySystem, pair: string): [string, Settings[string]] {
  const at = pair.indexOf("=");
  if (at < 1) {
    const expected = "name=value after each colon, such as maml:innerSteps=5";
    throw new ForetasteError("CONFIG", { where: `system ${name}`, expected, got: `"${pair}"` });
  }
  const setting = pair.slice(0, at);
  return [setting, parseSetting(name, setting, pair.slice(at + 1), settings)];
}

/**
 * The settings of a `[model]` table, as `tune` writes it: `kind` names the system.
 *
 * @throws CONFIG, NOT_FOUND
 */
export function tunedSettings(table: unknown, where: string, arena: Pick<Arena, "kind">): [string, Settings] {
  const model = (table as { readonly model?: unknown } | undefined)?.model;
  const { kind, ...rest } = (typeof model === "object" ? { ...model } : {}) as Record<string, unknown>;
  if (typeof kind !== "string") {
    const got = kind === undefined ? "none" : JSON.stringify(kind);
    throw new ForetasteError("CONFIG", {
      where: `${where}: model.kind`,
      expected: "the name of a system",
      got,
    });
  }
  const { settings } = entrantNamed(kind, arena);
  return [kind, checkSettings(kind, flattenSettings(rest), settings)];
}
