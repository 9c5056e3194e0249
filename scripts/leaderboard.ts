// Writes docs/leaderboard.md and its figures from bench/results/leaderboard*.json; with --check, says whether the page is
// up to date.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawFigure } from "../src/evaluate/figures/draw.ts";
import {
  type Board,
  boardsOf,
  figuresOf,
  type LeaderboardResults,
  leaderboardPage,
} from "./leaderboard/page.ts";

const root = join(import.meta.dirname, "..");
const [page, figures] = [join(root, "docs/leaderboard.md"), join(root, "docs/leaderboard")];
const results = join(root, "bench/results");
const files = readdirSync(results).filter((file) => /^leaderboard.*\.json$/.test(file));
const read = files
  .toSorted()
  .map((file) => JSON.parse(readFileSync(join(results, file), "utf8")) as LeaderboardResults);
const boards = read.flatMap(boardsOf);
const text = leaderboardPage(boards);
if (!process.argv.includes("--check")) {
  writeFileSync(page, text);
  await writeFigures(boards);
} else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/leaderboard.md: expected what bench/results says. Run `npm run docs:leaderboard`.");
  process.exitCode = 1;
}

async function writeFigures(all: readonly Board[]): Promise<void> {
  rmSync(figures, { recursive: true, force: true });
  if (all.length === 0) return;
  mkdirSync(figures, { recursive: true });
  for (const board of all) {
    for (const figure of figuresOf(board)) {
      writeFileSync(join(figures, `${board.about.protocol}-${figure.name}.svg`), await drawFigure(figure));
    }
  }
}
