import type { SourceDescription } from "../description.ts";

/** MovieLens latest-small (Harper & Konstan, 2015): half-star ratings with times. GroupLens, non-commercial. */
export const mlLatestSmall: SourceDescription = {
  name: "ml-latest-small",
  events: {
    file: "ratings.csv",
    format: "csv",
    user: "userId",
    item: "movieId",
    value: "rating",
    time: { column: "timestamp", unit: "seconds" },
  },
  items: {
    file: "movies.csv",
    format: "csv",
    id: "movieId",
    features: {
      title: { column: "title", kind: "text", strip: "\\s*\\(\\d{4}\\)\\s*$" },
      year: { column: "title", kind: "year" },
      genres: { column: "genres", kind: "multi", separator: "|" },
    },
  },
  scale: { min: 0.5, max: 5, liked: 4 },
  missing: ["(no genres listed)"],
};
