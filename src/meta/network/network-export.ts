import { pool } from "../../encoders/bags.ts";
import { encodeFeatures } from "../../encoders/encoder.ts";
import type { Events, Params } from "../../models/model.ts";
import {
  add,
  cast,
  flatten,
  gather,
  greaterEqual,
  input,
  mapTree,
  mul,
  type Shape,
  sub,
  sum,
  type Tensor,
  type Tree,
} from "../../tensor/index.ts";
import { type ExportOptions, eventDocs, eventInputs, type LearnerExport, writeStep } from "../export.ts";
import { paramInputs } from "../params.ts";
import { nameOf } from "./network.ts";
import { partNames } from "./part-names.ts";
import type { NetworkParts } from "./parts.ts";
import { scoreGraph, wholeTables } from "./serving.ts";
import { adapted, scored } from "./single.ts";
import { unitOf } from "./slots.ts";
import { partWidth } from "./tables.ts";
import { type NetworkWorld, networkWorld, priorInputs } from "./world.ts";

/** Known to both steps, written into the files. */
interface Known<T> {
  /** Embeddings and numbers of every item. `[items, width]` each */
  readonly items: Readonly<Record<string, T>>;
  /** Embedded attributes of somebody of whom none is known. */
  readonly nobody?: T;
}

/** Adaptation and prediction of a learner on a network, for somebody whose attributes are not known. */
export function exportNetwork(parts: NetworkParts, options: ExportOptions): LearnerExport {
  const { catalogue, people, prior } = parts;
  const world = networkWorld(catalogue, people, parts.config);
  const params = priorInputs(world);
  const known = knownArrays(world, parts);
  const tables = knownInputs(world);
  const events = eventInputs(options);
  const support = supportOf(world, tables, events);
  const task = { support, ...(tables.nobody && { anchor: tables.nobody }) };
  const fast = adapted(world, params, task);
  const { readsSupport } = scoreGraph(world, 1, 8);
  const person = {
    ...fast,
    ...(readsSupport && { events: support }),
    count: sum(events.mask, 0, true),
  } as Params<Tensor>;
  const given = inputsLike(person);
  const { events: own = support, count: _, ...left } = given as Params<Tensor> & { readonly events?: Events };
  const score = scored(world, params, {
    fast: left,
    task: { ...task, support: own },
    rows: tables.items,
  });
  const about = { learner: nameOf(world), items: catalogue.items, scale: catalogue.scale };
  const constants = { prior: prior.params, tables: known as never };
  const shared = { prior: params, tables } as unknown as Tree<Tensor>;
  return {
    adapt: writeStep(about, {
      step: "adapt",
      inputs: { ...events, ...shared },
      outputs: { person },
      constants,
      docs: { ...eventDocs, ...personDocs(person) },
    }),
    score: writeStep(about, {
      step: "score",
      inputs: { person: given, ...shared },
      outputs: outputsOf(world, score),
      constants,
      docs: {
        ...personDocs(person),
        ratings: "predicted rating of every item, on the scale of the data",
        scores: "score of every item, higher is better",
      },
    }),
  };
}

/** On the scale of the data where it predicts ratings. */
function outputsOf({ catalogue, config }: NetworkWorld, score: Tensor): Tree<Tensor> {
  const { mean, deviation } = unitOf({ catalogue, config });
  return config.loss === "squared" ? { ratings: add(mul(score, deviation), mean) } : { scores: score };
}

function knownArrays(world: NetworkWorld, { prior, people }: NetworkParts): Known<Float32Array> {
  const names = partNames.filter((name) => name.startsWith("item") && partWidth(world, name) > 0);
  const whole = Object.entries(wholeTables(world, prior, names));
  const items = world.catalogue.items.ids.length;
  const cut = whole.map(([name, table]) => [name, table.subarray(0, (table.length / (items + 1)) * items)]);
  const table = { data: prior.tables.user, width: world.spec.size };
  const nobody = partWidth(world, "user") > 0 ? pool(encodeFeatures(people), table, [0]) : undefined;
  return { items: Object.fromEntries(cut) as Record<string, Float32Array>, ...(nobody && { nobody }) };
}

function knownInputs(world: NetworkWorld): Known<Tensor> {
  const n = world.catalogue.items.ids.length;
  const widths = {
    item: partWidth(world, "item"),
    itemId: partWidth(world, "itemId"),
    dense: world.spec.dense,
  };
  const present = Object.entries(widths).filter(([, width]) => width > 0);
  const user = partWidth(world, "user");
  return {
    items: Object.fromEntries(present.map(([name, width]) => [name, input(`table.${name}`, [n, width])])),
    ...(user > 0 && { nobody: input("nobody", [user]) }),
  };
}

/** The events as the network reads them. */
function supportOf(
  { catalogue, config }: NetworkWorld,
  { items }: Known<Tensor>,
  events: ReturnType<typeof eventInputs>,
): Events {
  const { mean, deviation } = unitOf({ catalogue, config });
  const rows = Object.entries(items).map(([name, table]) => [name, gather(table, events.items)] as const);
  const value =
    config.loss === "squared"
      ? mul(sub(events.values, mean), 1 / deviation)
      : cast(greaterEqual(events.values, catalogue.scale.liked), "float32");
  return { ...Object.fromEntries(rows), value, mask: events.mask };
}

function inputsLike(tree: Params<Tensor>): Params<Tensor> {
  const shapes = mapTree<Params<Tensor>, Tensor, Shape>(tree, ({ shape }) => shape);
  return paramInputs({ person: shapes })["person"];
}

function personDocs(person: Params<Tensor>): Record<string, string> {
  const names = flatten<Tensor>(person).map(([path]) => path);
  return Object.fromEntries(
    names.map((path) => [
      `person.${path}`,
      path === "count" ? "weight of the person's events" : `"${path}", adapted to the person`,
    ]),
  );
}
