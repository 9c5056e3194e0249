import { expect, test } from "vitest";
import {
  boardsOf,
  figuresOf,
  type LeaderboardResults,
  leaderboardPage,
} from "../../scripts/leaderboard/page.ts";

const where = { protocol: "cold-users", dataset: "films" };
const quality = (system: string, shots: number, mean: number) => ({
  ...where,
  state: "cold-user",
  system,
  shots,
  metric: "ndcg_binary@10",
  mean,
  low: mean - 0.01,
  high: mean + 0.01,
  tasks: 1200,
  draws: 3,
  leftOut: 0,
  candidates: "full",
});
const cost = (system: string, isBaseline: boolean, metric: string, mean: number) => ({
  ...where,
  system,
  isBaseline,
  metric,
  mean,
  commit: "abc",
});

const results: LeaderboardResults = {
  command: "npm run bench:leaderboard",
  commit: "0123456789ab",
  date: "2026-01-02T03:04:05Z",
  machine: { cpu: "A CPU", cores: 2, memoryGb: 8, node: "v20.0.0" },
  rows: [
    { ...where, title: "Cold users in time", draws: 3, metrics: ["ndcg_binary@10"], jobs: 1 },
    quality("ease", 0, 0.15),
    quality("ease", 5, 0.16),
    quality("bayes-head", 0, 0.15),
    quality("bayes-head", 5, 0.2),
    { ...quality("bayes-head", 5, 0.04), baseline: "ease", star: true, p: 0.01 },
    { ...quality("bayes-head", 5, 0.02), grouping: "age", best: "a", worst: "b" },
    cost("ease", true, "train_seconds", 1.234),
    cost("ease", true, "peak_mb", 300.4),
    cost("bayes-head", false, "train_seconds", 54.3),
    cost("bayes-head", false, "peak_mb", 800),
    { ...where, system: "maml", error: "it diverged" },
  ],
};

test("the leaderboard page says what the results say, with the command", () => {
  const page = leaderboardPage(boardsOf(results));
  expect(page).toContain(
    "`cold-users` on films, 3 draws. `npm run bench:leaderboard -- --protocols cold-users`",
  );
  expect(page).toContain("| cold user, by events known | 0 (1,200) | 5 (1,200) |");
  expect(page).toContain("| ease | **.150** [.140, .160] | .160 [.150, .170] |");
  expect(page).toContain("| bayes-head | **.150** [.140, .160] | **.200** * [.190, .210] |");
  expect(page).toContain("| ease | 1.23 | 300 |");
  expect(page).toContain("`maml` failed: it diverged");
  const names = boardsOf(results)
    .flatMap(figuresOf)
    .map(({ name }) => name);
  expect(names).toEqual(["leaderboard-ndcg-binary-10", "shots-ndcg-binary-10-cold-user", "costs"]);
  for (const name of names) expect(page).toContain(`(leaderboard/cold-users-${name}.svg)`);
});

test("without results the page says how to make them", () => {
  expect(leaderboardPage([])).toContain("Nothing is measured yet: run `npm run bench:leaderboard`.");
});
