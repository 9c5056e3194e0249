import type { TimeDescription } from "./description.ts";

/** The content of one field; a list where the format has lists; undefined where the field is absent. */
export type Cell = string | readonly string[] | undefined;

const numeral = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/iu;

/** A decimal number, or why it is none. */
export function parseNumber(text: string): number | "missing field" | "bad number" {
  if (text === "") return "missing field";
  const value = numeral.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : "bad number";
}

const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d)?(?::?(\d\d))?)?$/iu;

const perSecond = { seconds: 1, milliseconds: 1000 };

/** Unix time in seconds; ISO 8601 without a zone is taken as UTC. */
export function parseTime(
  text: string,
  unit: TimeDescription["unit"],
): number | "missing field" | "bad time" {
  if (text === "") return "missing field";
  if (unit === "iso") return parseIso(text);
  const time = parseNumber(text);
  return typeof time === "number" ? time / perSecond[unit] : "bad time";
}

function parseIso(text: string): number | "bad time" {
  const [, date, clock = "00:00", zone = "Z", minutes = "00"] = iso.exec(text) ?? [];
  const time = Date.parse(`${date}T${clock}${zone.toUpperCase() === "Z" ? "Z" : `${zone}:${minutes}`}`);
  return Number.isNaN(time) ? "bad time" : time / 1000;
}

/** The trimmed text of a cell, "" when it is absent or a list. */
export function cellText(cell: Cell): string {
  return typeof cell === "string" ? cell.trim() : "";
}

/** Cells as one line of text, for a report. */
export function showCells(cells: readonly Cell[]): string {
  return cells.map((cell) => cell ?? "").join(", ");
}
