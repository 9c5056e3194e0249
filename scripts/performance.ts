// Writes docs/performance.md and its chart from bench/results; with --check, says whether the page is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { speedChart } from "./performance/chart.ts";
import { type EngineResults, performancePage } from "./performance/page.ts";

const root = join(import.meta.dirname, "..");
const page = join(root, "docs/performance.md");
const results = JSON.parse(readFileSync(join(root, "bench/results/engine.json"), "utf8")) as EngineResults;
const text = performancePage(results);
if (!process.argv.includes("--check")) {
  writeFileSync(page, text);
  writeFileSync(join(root, "docs/performance.svg"), await speedChart(results.rows));
} else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/performance.md: expected what bench/results says. Run `npm run docs:performance`.");
  process.exitCode = 1;
}
