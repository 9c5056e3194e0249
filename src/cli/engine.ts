import type { Recommender } from "../serve/recommender.ts";

/** The heavy parts behind the commands, each loaded when it is first used so that `--help` is instant. */
export interface Engine {
  loadRecommender(path: string): Promise<Recommender>;
}
