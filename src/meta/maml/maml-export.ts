import { pool } from "../../encoders/bags.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import { type Encoder, encodeFeatures } from "../../encoders/encoder.ts";
import { type Layers, meluScore } from "../../models/melu.ts";
import {
  add,
  concat,
  expand,
  gather,
  input,
  mul,
  type Shape,
  sub,
  type Tensor,
  unsqueeze,
} from "../../tensor/index.ts";
import { type ExportOptions, eventDocs, eventInputs, type LearnerExport, writeStep } from "../export.ts";
import { paramInputs } from "../params.ts";
import { mamlWorld } from "./maml.ts";
import type { MamlConfig } from "./maml-config.ts";
import { adaptedLayers, inputSize, type MamlParams, mamlShapes } from "./maml-programs.ts";
import { joinItems } from "./maml-serving.ts";
import type { MamlPrior } from "./maml-types.ts";

/** A trained MAML. */
export interface MamlModel {
  readonly catalogue: Catalogue;
  readonly people: Encoder;
  readonly config?: Partial<MamlConfig> | undefined;
  readonly prior: MamlPrior;
}

/** Inner loop and prediction of MAML, for somebody whose attributes are not known. */
export function exportMaml(
  { catalogue, people, config: given, prior }: MamlModel,
  options: ExportOptions,
): LearnerExport {
  const world = mamlWorld(catalogue, people, given);
  const { config, widths } = world;
  const shapes = mamlShapes(config, widths);
  const params = paramInputs(shapes) as MamlParams<Tensor>;
  const n = catalogue.items.ids.length;
  const shared = inputSize(widths) - widths.person;
  const tables = { items: input("table", [n, shared]), nobody: input("nobody", [widths.person]) };
  const known = {
    items: joinItems(world, prior, shared),
    nobody: pool(encodeFeatures(people), { data: prior.tables.person, width: config.embeddingSize }, [0]),
  };
  const events = eventInputs(options);
  const { mean, deviation } = catalogue.means;
  const x = inputRows(gather(tables.items, events.items), tables.nobody);
  const value = mul(sub(events.values, mean), 1 / deviation);
  const person = adaptedLayers(params, { x, value, mask: events.mask }, config);
  const layers = paramInputs({ layers: shapes.layers }) as { layers: Layers<Tensor> };
  const about = {
    learner: config.order === 1 ? "FOMAML" : "MAML",
    items: catalogue.items,
    scale: catalogue.scale,
  };
  const ratings = add(mul(meluScore(layers.layers, inputRows(tables.items, tables.nobody)), deviation), mean);
  return {
    adapt: writeStep(about, {
      step: "adapt",
      inputs: { ...events, prior: { ...params }, tables },
      outputs: { person },
      constants: { prior: prior.params, tables: known },
      docs: { ...eventDocs, ...layerDocs(shapes.layers) },
    }),
    score: writeStep(about, {
      step: "score",
      inputs: { person: layers.layers, tables },
      outputs: { ratings },
      constants: { tables: known },
      docs: {
        ...layerDocs(shapes.layers),
        ratings: "predicted rating of every item, on the scale of the data",
      },
    }),
  };
}

/** Rows of the network's input: the person's part, the same in all, then the item's. */
function inputRows(items: Tensor, person: Tensor): Tensor {
  const [rows = 0] = items.shape;
  const [width = 0] = person.shape;
  return width === 0 ? items : concat([expand(unsqueeze(person, 0), [rows, width]), items], 1);
}

function layerDocs(shapes: Layers<Shape>): Record<string, string> {
  const names = Object.keys(shapes).flatMap((i) => [
    [`person.${i}.weight`, `weight [in, out] of decision layer ${i}, adapted to the person`],
    [`person.${i}.bias`, `bias of decision layer ${i}, adapted to the person`],
  ]);
  return Object.fromEntries(names) as Record<string, string>;
}
