import type { TableConstructorOptions } from "cli-table3";

const bare = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "", left: "", right: "", middle: " " };
const edges = [
  "top",
  "top-mid",
  "top-left",
  "top-right",
  "bottom",
  "bottom-mid",
  "bottom-left",
  "bottom-right",
];

/** Options of a table without lines or colours of its own: aligned columns only. */
export function plainTable(head: readonly string[]): TableConstructorOptions {
  return {
    head: [...head],
    style: { head: [], border: [], "padding-left": 0 },
    chars: { ...bare, ...Object.fromEntries(edges.map((name) => [name, ""])) },
  };
}
