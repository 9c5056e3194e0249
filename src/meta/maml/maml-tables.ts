import { type Bags, pool, poolGradient, usedTokens } from "../../encoders/bags.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import type { Encoder } from "../../encoders/encoder.ts";
import type { RowGradients } from "../../optim/index.ts";
import { gatherRows } from "../bayes/rows.ts";
import type { MamlConfig } from "./maml-config.ts";
import type { BatchShape, InputWidths, PartName } from "./maml-programs.ts";

/** What the learner knows of the world: fitted on training only. */
export interface MamlWorld {
  readonly catalogue: Catalogue;
  /** How attributes of people become tokens. */
  readonly people: Encoder;
  readonly config: MamlConfig;
  readonly widths: InputWidths;
  /** What levels are shrunk to. `[items]` */
  readonly levelPrior: Float32Array;
}

/** Embedding tables, `[tokens or items, embeddingSize]`: of people's attributes, items' attributes, warm items. */
export type MamlTables = Readonly<Record<PartName, Float32Array>>;

export function isWarm(catalogue: Catalogue, item: number): boolean {
  return (catalogue.warmRow[item] ?? -1) >= 0;
}

/** What of a batch is pooled from tables. */
interface Batch {
  /** Distinct items, and each task's attributes. */
  readonly items: Int32Array;
  readonly people: readonly Bags[];
  readonly shape: BatchShape;
}

/** Pooled embeddings of the parts that have any, padded to the shape. */
export function pooledParts(
  { catalogue, config, widths }: MamlWorld,
  tables: MamlTables,
  { items, people, shape }: Batch,
): Readonly<Record<string, Float32Array>> {
  const width = config.embeddingSize;
  const parts: Record<string, Float32Array> = {};
  if (widths.person > 0) {
    const person = new Float32Array(shape.tasks * widths.person);
    people.forEach((bags, i) =>
      person.set(pool(bags, { data: tables.person, width }, [0]), i * widths.person),
    );
    parts["person"] = person;
  }
  if (widths.content > 0) {
    const content = new Float32Array(shape.items * widths.content);
    content.set(pool(catalogue.bags, { data: tables.content, width }, items));
    parts["content"] = content;
  }
  if (widths.id > 0) {
    const id = new Float32Array(shape.items * widths.id);
    items.forEach((item, i) => id.set(idOf(catalogue, tables.id, item, width), i * width));
    parts["id"] = id;
  }
  return parts;
}

/** A warm item's own embedding, an empty one for others. */
export function idOf(catalogue: Catalogue, table: Float32Array, item: number, width: number): Float32Array {
  const row = catalogue.warmRow[item] ?? -1;
  return row < 0 ? new Float32Array(0) : table.subarray(row * width, (row + 1) * width);
}

/** Gradients of the rows that the batch used, in each table that has a part. */
export function rowGradients(
  { catalogue, config, widths }: MamlWorld,
  { items, people }: Pick<Batch, "items" | "people">,
  parts: Readonly<Record<string, Float32Array>>,
): Readonly<Partial<Record<PartName, RowGradients>>> {
  const width = config.embeddingSize;
  const { person, content, id } = parts;
  return {
    ...(person && {
      person: bagGradients(
        people.map((bags, i) => ({
          bags,
          rows: Int32Array.of(0),
          gradient: person.subarray(i * widths.person, (i + 1) * widths.person),
        })),
        width,
      ),
    }),
    ...(content && {
      content: bagGradients([{ bags: catalogue.bags, rows: items, gradient: content }], width),
    }),
    ...(id && { id: idGradients(catalogue, items, id, width) }),
  };
}

interface BagGradient {
  readonly bags: Bags;
  readonly rows: Int32Array;
  readonly gradient: Float32Array;
}

function bagGradients(uses: readonly BagGradient[], width: number): RowGradients {
  const dense = new Float32Array((uses[0]?.bags.tokens ?? 0) * width);
  const used = new Set<number>();
  for (const { bags, rows, gradient } of uses) {
    poolGradient(bags, rows, gradient, { data: dense, width });
    for (const token of usedTokens(bags, rows)) used.add(token);
  }
  const rows = Int32Array.from(used);
  return { rows, values: gatherRows(dense, width, rows) };
}

function idGradients(
  catalogue: Catalogue,
  items: Int32Array,
  gradient: Float32Array,
  width: number,
): RowGradients {
  const warm = Int32Array.from(items.keys()).filter((i) => isWarm(catalogue, items[i]!));
  return {
    rows: warm.map((i) => catalogue.warmRow[items[i]!]!),
    values: gatherRows(gradient, width, warm),
  };
}
