// Writes docs/results.md from bench/results; with --check, says whether it is up to date.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawFigure } from "../src/evaluate/figures/draw.ts";
import { type ElicitationRow, elicitationFigures } from "./results/elicitation.ts";
import { type Results, resultsPage } from "./results/page.ts";

const root = join(import.meta.dirname, "..");
const page = join(root, "docs/results.md");
const read = (name: string): Results =>
  JSON.parse(readFileSync(join(root, `bench/results/${name}.json`), "utf8")) as Results;
const elicitation = read("elicitation");
const text = resultsPage({
  melu: read("melu"),
  coldUsers: read("cold-users"),
  adapt: read("adapt"),
  ablation: read("ablation"),
  elicitation,
});
if (process.argv.includes("--check")) {
  if (readFileSync(page, "utf8") !== text) {
    console.error("docs/results.md: expected what bench/results says. Run `npm run docs:results`.");
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, text);
  mkdirSync(join(root, "docs/figures"), { recursive: true });
  for (const figure of elicitationFigures(elicitation.rows as unknown as readonly ElicitationRow[]))
    writeFileSync(join(root, `docs/figures/${figure.name}.svg`), await drawFigure(figure));
}
