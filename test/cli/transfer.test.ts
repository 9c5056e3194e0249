import { expect, test } from "vitest";
import { run } from "./run.ts";

test("transfer hands on both domains and what they share", async () => {
  const domains = ["--source", "ml-1m", "--source-where", "genre=Drama", "--target", "mine"];
  const mine = ["--target-description", "mine.toml", "--target-data", "d", "--column", "genres=genre"];
  const { calls } = await run(["transfer", ...domains, ...mine, "--shared-users", "--shares", "1,.05"]);
  expect(calls).toEqual([
    [
      "transfer",
      {
        source: { name: "ml-1m", where: "genre=Drama" },
        target: { name: "mine", path: "d", description: "mine.toml" },
        columns: { genres: "genre" },
        sharedUsers: true,
        shares: [0.05, 1],
        draws: 1,
        people: 1000,
        seed: 1,
        cells: ".foretaste/cells",
        command:
          'foretaste transfer --source ml-1m --source-where "genre=Drama" --target mine --shares 0.05,1 --draws 1 --people 1000 --seed 1 --shared-users',
      },
    ],
  ]);
});
