import type { SourceDescription } from "../description.ts";

/**
 * One direction of the Amazon game/video pair: implicit events without times or attributes. Users of
 * `common_new_reindex.txt` are in both domains.
 *
 * @example amazonCrossDomain("game_video")
 */
export function amazonCrossDomain(direction: "game_video" | "video_game"): SourceDescription {
  return {
    name: `amazon-cross-domain/${direction}`,
    events: {
      file: `${direction}/new_reindex.txt`,
      format: "tsv",
      columns: ["user", "item", "one"],
      user: "user",
      item: "item",
    },
    scale: { min: 0, max: 1, liked: 1 },
  };
}
