import type { SourceDescription } from "../description.ts";

/** A remark in brackets (one level of nesting), such as "(screenplay by)". */
const brackets = "\\s*\\((?:[^()]|\\([^()]*\\))*\\)";

/** MovieLens-1M with the attributes MeLU (Lee et al., 2019) collected. GroupLens: research, no redistribution. */
export const ml1m: SourceDescription = {
  name: "ml-1m",
  events: { file: "ratings.csv", format: "csv", user: "userId", item: "movieId", value: "rating" },
  users: {
    file: "melu/users.dat",
    format: "::",
    columns: ["user", "gender", "age", "occupation", "zip"],
    id: "user",
    features: {
      gender: { column: "gender", kind: "categorical" },
      age: { column: "age", kind: "categorical" },
      occupation: { column: "occupation", kind: "categorical" },
      zip: { column: "zip", kind: "categorical" },
    },
  },
  items: {
    file: "melu/movies_extrainfos.dat",
    format: "::",
    columns: [
      "item",
      "title",
      "year",
      "rate",
      "released",
      "genre",
      "director",
      "writer",
      "actors",
      "plot",
      "poster",
    ],
    id: "item",
    features: {
      title: { column: "title", kind: "text" },
      year: { column: "year", kind: "year" },
      /** The film certificate, such as PG-13. */
      rate: { column: "rate", kind: "categorical" },
      genre: { column: "genre", kind: "multi", separator: "," },
      director: { column: "director", kind: "multi", separator: ",", strip: brackets },
      writer: { column: "writer", kind: "multi", separator: ",", strip: brackets },
      actors: { column: "actors", kind: "multi", separator: "," },
      plot: { column: "plot", kind: "text" },
    },
  },
  scale: { min: 1, max: 5, liked: 4 },
  missing: ["N/A"],
};
