import { apart, layers, owners } from "./table.ts";

const start = "<!-- layers: written by `npm run layers:write`, change scripts/layers/table.ts -->";
const end = "<!-- /layers -->";

function layerRows(): string[] {
  return layers.map(({ folder, what, mayImport, inWords }) => {
    const list = mayImport === "everything" ? "everything" : mayImport.join(", ");
    return `| \`${folder}\` | ${what} | ${inWords ?? (list || "–")} |`;
  });
}

function ownerLines(): string[] {
  return owners.map(({ called, folders }) => {
    const list = folders.map((folder) => `\`${folder}\``).join(", ");
    return `- ${called}: only in ${list}`;
  });
}

function apartLines(): string[] {
  return apart.map(({ folder, never, why }) => `- \`${folder}\` never reaches \`${never}\`: ${why}`);
}

/** The table as the documentation shows it, markers included. */
export function layersAsMarkdown(): string {
  const table = ["| folder | what lives there | may import |", "|---|---|---|", ...layerRows()];
  const outside = ["The outside world has owners:", "", ...ownerLines()];
  const gaps = ["Edges left out on purpose, not even through a third folder:", "", ...apartLines()];
  return [start, ...table, "", ...outside, "", ...gaps, end].join("\n");
}

/** `text` with its marked part replaced by the table; throws where the markers are missing. */
export function withLayers(text: string): string {
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs: expected the markers "${start}" and "${end}", got none`);
  return text.slice(0, from) + layersAsMarkdown() + text.slice(to + end.length);
}
