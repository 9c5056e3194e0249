// Checks the import table; with --write, writes it into the documentation first.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkLayers } from "./layers/cruise.ts";
import { withLayers } from "./layers/document.ts";

const root = join(import.meta.dirname, "..");
const page = join(root, "docs/architecture.md");
const text = readFileSync(page, "utf8");
if (process.argv.includes("--write")) writeFileSync(page, withLayers(text));
else if (withLayers(text) !== text) {
  console.error(
    "docs/architecture.md: expected the table of scripts/layers/table.ts. Run `npm run layers:write`.",
  );
  process.exitCode = 1;
}

const { violations, cruised, inTree } = await checkLayers(root);
for (const { rule, from, to } of violations) console.error(`${from} -> ${to}: forbidden by ${rule}`);
const missed = inTree.filter((file) => !cruised.includes(file));
if (inTree.length === 0 || missed.length > 0) {
  console.error(
    `layers: expected ${inTree.length} files, got ${cruised.length}. Missed: ${missed.join(", ")}`,
  );
}
if (violations.length > 0 || missed.length > 0 || inTree.length === 0) process.exitCode = 1;
console.log(`${cruised.length} files, ${violations.length} forbidden imports`);
