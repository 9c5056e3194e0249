import type { SourceDescription } from "../description.ts";

/** MovieTweetings (Dooms et al., 2013): film ratings 0-10 found in tweets, with times. MIT licence. */
export const movieTweetings: SourceDescription = {
  name: "movietweetings",
  events: {
    file: "ratings.dat",
    format: "::",
    columns: ["user", "item", "rating", "time"],
    user: "user",
    item: "item",
    value: "rating",
    time: { column: "time", unit: "seconds" },
  },
  items: {
    file: "movies.dat",
    format: "::",
    columns: ["item", "title", "genres"],
    id: "item",
    features: {
      title: { column: "title", kind: "text", strip: "\\s*\\(\\d{4}\\)$" },
      year: { column: "title", kind: "year" },
      genres: { column: "genres", kind: "multi", separator: "|" },
    },
  },
  scale: { min: 0, max: 10, liked: 8 },
};
