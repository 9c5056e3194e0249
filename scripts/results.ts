// Writes docs/results.md from bench/results; with --check, says whether it is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Results, resultsPage } from "./results/page.ts";

const root = join(import.meta.dirname, "..");
const page = join(root, "docs/results.md");
const read = (name: string): Results =>
  JSON.parse(readFileSync(join(root, `bench/results/${name}.json`), "utf8")) as Results;
const text = resultsPage({
  melu: read("melu"),
  coldUsers: read("cold-users"),
  adapt: read("adapt"),
  ablation: read("ablation"),
});
if (!process.argv.includes("--check")) writeFileSync(page, text);
else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/results.md: expected what bench/results says. Run `npm run docs:results`.");
  process.exitCode = 1;
}
