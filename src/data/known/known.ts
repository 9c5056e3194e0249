import type { SourceDescription } from "../description.ts";
import { amazonCrossDomain } from "./amazon-cross-domain.ts";
import { mlLatestSmall } from "./ml-latest-small.ts";
import { ml1m } from "./ml1m.ts";
import { movieTweetings } from "./movietweetings.ts";

/** A file that anybody may download, with the checksum of the copy that was measured. */
export interface PublicFile {
  readonly name: string;
  readonly url: string;
  readonly sha256: string;
}

export interface KnownData {
  readonly description: SourceDescription;
  /** Its folder in a folder of data sets. */
  readonly folder: string;
  /** The files that must be there. */
  readonly files: readonly string[];
  readonly download?: readonly PublicFile[];
}

const snapshot = "https://raw.githubusercontent.com/sidooms/MovieTweetings/master/snapshots/100K";

/** Data sets that need no description from the user, by name. */
export const knownData: Readonly<Record<string, KnownData>> = {
  movietweetings: {
    ...known(movieTweetings, "movietweetings"),
    download: [
      {
        name: "ratings.dat",
        url: `${snapshot}/ratings.dat`,
        sha256: "c0dd868c2632d10002ebc928ddc5345f33adeaa59eca52c2941c26a2c5e36fd6",
      },
      {
        name: "movies.dat",
        url: `${snapshot}/movies.dat`,
        sha256: "e63fb84bc734e3c574f135634a40d3cbafab22b8f94f5fc0b80f80d1d2076efc",
      },
    ],
  },
  "ml-1m": known(ml1m, "ml-1m"),
  "ml-latest-small": known(mlLatestSmall, "ml-latest-small"),
  "amazon-game-video": known(amazonCrossDomain("game_video"), "amazon-cross-domain"),
  "amazon-video-game": known(amazonCrossDomain("video_game"), "amazon-cross-domain"),
};

function known(description: SourceDescription, folder: string): KnownData {
  const { events, users, items } = description;
  const files = [events, users, items].filter((file) => file !== undefined).map(({ file }) => file);
  return { description, folder, files };
}
