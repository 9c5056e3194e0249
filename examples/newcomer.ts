// A newcomer in ten lines: `node scripts/run.mjs examples/newcomer.ts`, after `npm run demo` has saved a model.
// In your own project the import is `from "foretaste"`.
import { listArtefacts, loadRecommender } from "../src/index.ts";

const [newest] = await listArtefacts("models");
if (newest === undefined) throw new Error("no model under ./models yet: run `npm run demo` first");
const recommender = await loadRecommender(newest.path);

// Three likes of somebody the model has never seen; ids are those of the data set.
const history = recommender.items.ids.slice(0, 3).map((item) => ({ item, value: recommender.scale.max }));
const exclude = new Set(history.map(({ item }) => item));
for (const { title, id, score, reasons } of await recommender.recommend({ history, n: 5, exclude })) {
  const why = reasons.map(({ kind, contribution }) => `${kind} ${contribution.toFixed(2)}`).join(", ");
  process.stdout.write(`${score.toFixed(2)}  ${title ?? id}  (${why})\n`);
}
