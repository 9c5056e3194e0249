import type { Reason, Recommendation, Recommender } from "../src/serve/recommender.ts";

const films: readonly (readonly [id: string, title: string, genre: string])[] = [
  ["a1", "Alien", "horror"],
  ["a2", "Aliens", "horror"],
  ["c1", "Casablanca", "romance"],
  ["h1", "Heat", "crime"],
  ["h2", "The Hunt", "drama"],
  ["p1", "Psycho", "horror"],
  ["t1", "The Third Man", "crime"],
  ["t2", "The Thin Man", "crime"],
];

/**
 * A recommender whose answer can be computed by hand: earlier films are more popular (1, 1/2, 1/3, ...), and every
 * event adds its value minus 5 to the films of the same genre. Scale 0 to 10, liked from 8. It asks about the films in
 * their order.
 */
export function fakeRecommender(): Recommender {
  const ids = films.map(([id]) => id);
  return {
    modelId: "fake",
    items: {
      ids,
      columns: {
        title: { kind: "text", values: films.map(([, title]) => title) },
        genre: { kind: "categorical", values: films.map(([, , genre]) => genre) },
      },
    },
    scale: { min: 0, max: 10, liked: 8 },
    async questions({ history, n, exclude = new Set() }) {
      const open = films.filter(([id]) => !exclude.has(id) && history.every(({ item }) => item !== id));
      return open.slice(0, n).map(([id, title], at) => ({ id, title, worth: 1 / (at + 1) }));
    },
    async recommend({ history, n, exclude = new Set() }) {
      const scored = films.map(([id, title, genre], at): Recommendation => {
        const reasons: Reason[] = [{ kind: "popularity", contribution: 1 / (at + 1) }];
        for (const event of history) {
          const film = films.find((other) => other[0] === event.item);
          if (film?.[2] !== genre) continue;
          const contribution = (event.value ?? 5) - 5;
          reasons.push({ kind: "event", item: event.item, title: film[1], contribution });
        }
        return { id, title, reasons, score: reasons.reduce((sum, reason) => sum + reason.contribution, 0) };
      });
      return scored
        .filter(({ id }) => !exclude.has(id))
        .sort((a, b) => b.score - a.score)
        .slice(0, n);
    },
  };
}
