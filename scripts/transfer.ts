// Writes the measured part of docs/transfer.md and its figures from bench/results/transfer.json; with --check, says
// whether they are up to date. Everything outside of the markers is written by hand, by several hands.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawFigure } from "../src/evaluate/figures/draw.ts";
import { measuredSection, scenarioFigures, type TransferResults } from "./transfer/page.ts";

const root = join(import.meta.dirname, "..");
const page = join(root, "docs/transfer.md");
const results = JSON.parse(
  readFileSync(join(root, "bench/results/transfer.json"), "utf8"),
) as TransferResults;

const markers = /(<!-- transfer: written by [^>]*-->\n)[\s\S]*?(<!-- \/transfer -->)/;
const before = readFileSync(page, "utf8");
const after = before.replace(
  markers,
  (_, start: string, end: string) => `${start}${measuredSection(results)}\n${end}`,
);
if (process.argv.includes("--check")) {
  if (before !== after || !markers.test(before)) {
    console.error("docs/transfer.md: expected what bench/results says. Run `npm run docs:transfer`.");
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, after);
  mkdirSync(join(root, "docs/figures"), { recursive: true });
  for (const figure of scenarioFigures(results))
    writeFileSync(join(root, `docs/figures/${figure.name}.svg`), await drawFigure(figure));
}
