import type { Query } from "../../data/query.ts";
import { pool } from "../../encoders/bags.ts";
import { encodeFeatures } from "../../encoders/encoder.ts";
import { bucketOf, memo, padded, roomFor } from "../buckets.ts";
import { latest, levelsOf } from "./maml-layout.ts";
import { inputSize, mamlAdaptProgram, mamlScoreProgram } from "./maml-programs.ts";
import { idOf, type MamlWorld } from "./maml-tables.ts";
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
    const room = roomFor(items.length);
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

/**
 * Rows of the network's input for one person, `[room, in]`, zeros after the items. What is the same for everybody is
 * joined once per prior.
 */
function inputRows(
  world: MamlWorld,
): (prior: MamlPrior, query: Query, items: Int32Array, room: number) => Float32Array {
  const { people, config, widths } = world;
  const size = inputSize(widths);
  const shared = size - widths.person;
  const parts = new WeakMap<MamlPrior, Float32Array>();
  const itemParts = (prior: MamlPrior): Float32Array => {
    const known = parts.get(prior) ?? joinItems(world, prior, shared);
    parts.set(prior, known);
    return known;
  };
  return (prior, query, items, room) => {
    const joined = itemParts(prior);
    const person = pool(
      encodeFeatures(people, query.features),
      { data: prior.tables.person, width: config.embeddingSize },
      [0],
    );
    const x = new Float32Array(room * size);
    for (let i = 0; i < items.length; i++) {
      const at = i * size;
      for (let j = 0; j < widths.person; j++) x[at + j] = person[j]!;
      const [from, to] = [items[i]! * shared, at + widths.person];
      for (let j = 0; j < shared; j++) x[to + j] = joined[from + j] ?? 0;
    }
    return x;
  };
}

/** Content, ID embedding and level of every item. `[items, width]` */
export function joinItems(world: MamlWorld, { tables }: MamlPrior, width: number): Float32Array {
  const { catalogue, config, widths } = world;
  const all = Int32Array.from(catalogue.items.ids.keys());
  const content = pool(catalogue.bags, { data: tables.content, width: config.embeddingSize }, all);
  const level = widths.level > 0 ? levelsOf(world, all) : undefined;
  const joined = new Float32Array(all.length * width);
  for (const item of all) {
    const at = item * width;
    joined.set(content.subarray(item * widths.content, (item + 1) * widths.content), at);
    if (widths.id > 0)
      joined.set(idOf(catalogue, tables.id, item, config.embeddingSize), at + widths.content);
    if (level)
      joined.set(
        level.subarray(item * widths.level, (item + 1) * widths.level),
        at + widths.content + widths.id,
      );
  }
  return joined;
}
