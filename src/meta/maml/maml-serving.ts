import type { Query } from "../../data/query.ts";
import { pool } from "../../encoders/bags.ts";
import { encodeFeatures } from "../../encoders/encoder.ts";
import { bucketOf, memo, padded } from "../buckets.ts";
import { idOf, latest, levelsOf, type MamlWorld } from "./maml-layout.ts";
import { inputSize, mamlAdaptProgram, mamlScoreProgram } from "./maml-programs.ts";
import type { Maml, MamlPrior } from "./maml-types.ts";

/** Longest support that is used; of a longer history the latest events. */
const MAX_EVENTS = 512;

/** Adaptation and scoring, one person at a time. */
export function mamlServing(world: MamlWorld): Pick<Maml, "adapt" | "score" | "rate"> {
  const { catalogue, config, widths } = world;
  const { mean, deviation } = catalogue.means;
  const adaptFor = memo((shots: number) => mamlAdaptProgram(config, { shots, widths }));
  const scoreFor = memo((items: number) => mamlScoreProgram(config, { items, widths }));
  const rowsOf = inputRows(world);
  const rate: Maml["score"] = async (prior, { query, layers }, items) => {
    const room = bucketOf(items.length, 16);
    const program = await scoreFor(room);
    const x = rowsOf(prior, query, items, room);
    const { score } = (await program.run({ layers, x })) as unknown as { score: Float32Array };
    return score.subarray(0, items.length).map((z) => mean + deviation * z);
  };
  return {
    async adapt(prior, query) {
      const { items, values } = latest(query.history, MAX_EVENTS);
      const room = bucketOf(items.length, 8);
      const program = await adaptFor(room);
      const support = {
        x: rowsOf(prior, query, items, room),
        value: padded(
          values.map((value) => (value - mean) / deviation),
          room,
        ),
        mask: padded(new Float32Array(items.length).fill(1), room),
      };
      const layers = await program.run({ params: prior.params, support });
      return [
        { query, layers },
        { events: items.length, steps: config.innerSteps },
      ];
    },
    score: rate,
    rate,
  };
}

/** Rows of the network's input for one person; contents of a prior are pooled once. `[room, in]`, zeros after the items */
function inputRows(
  world: MamlWorld,
): (prior: MamlPrior, query: Query, items: Int32Array, room: number) => Float32Array {
  const { catalogue, people, config, widths } = world;
  const width = config.embeddingSize;
  const contents = new WeakMap<MamlPrior, Float32Array>();
  const contentOf = (prior: MamlPrior): Float32Array => {
    const all = Int32Array.from(catalogue.items.ids.keys());
    const known = contents.get(prior) ?? pool(catalogue.bags, { data: prior.tables.content, width }, all);
    contents.set(prior, known);
    return known;
  };
  return (prior, query, items, room) => {
    const content = contentOf(prior);
    const person = pool(encodeFeatures(people, query.features), { data: prior.tables.person, width }, [0]);
    const size = inputSize(widths);
    const level = widths.level > 0 ? levelsOf(world, items) : undefined;
    const x = new Float32Array(room * size);
    items.forEach((item, i) => {
      const at = i * size;
      x.set(person, at);
      x.set(content.subarray(item * widths.content, (item + 1) * widths.content), at + widths.person);
      const next = at + widths.person + widths.content;
      if (widths.id > 0) x.set(idOf(catalogue, prior.tables.id, item, width), next);
      if (level) x.set(level.subarray(i * widths.level, (i + 1) * widths.level), next + widths.id);
    });
    return x;
  };
}
