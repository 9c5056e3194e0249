import {
  concat,
  greater,
  indicator,
  reshape,
  type Shape,
  square,
  sum,
  type Tensor,
  unsqueeze,
} from "../tensor/index.ts";
import { type FusionParams, fuse, fusionShapes, type Modalities } from "./fusion.ts";
import { rowCount } from "./layers.ts";
import type { Model, Params, RowSpec, Rows } from "./model.ts";

/**
 * A network that reads one vector an item in the place of its attributes and its ID side by side: they are fused by gates
 * ({@link fuse}), which are parameters of the network like any others, so that every method learns, and adapts, them. What is
 * exactly zero (an empty bag, the ID of a cold item) is absent. Where an item is a single vector anyway it is the network.
 *
 * @example gated(mlp).shapes({ size: 8, user: 2, item: 3, userId: 0, itemId: 1, dense: 0 }, options)["fusion"]; // four gates
 */
export function gated(model: Model): Model {
  return {
    ...model,
    shapes(spec, options): Params<Shape> {
      const modalities = spec.item + spec.itemId;
      const own = model.shapes(fusedSpec(spec), options);
      return modalities < 2 ? own : { ...own, fusion: fusionShapes(modalities, spec.size) };
    },
    start: (path, shape) => (path.startsWith("fusion.") ? { fill: 0 } : model.start?.(path, shape)),
    score({ fusion, ...own }, rows, scoring) {
      if (fusion === undefined) return model.score(own, rows, scoring);
      const fused = <R extends Rows>(of: R): R =>
        fusedRows(of, fusion as FusionParams<Tensor>, scoring.spec.size);
      const support = model.readsSupport === true ? fused(scoring.support) : scoring.support;
      return model.score(own, fused(rows), { ...scoring, support, spec: fusedSpec(scoring.spec) });
    },
  };
}

function fusedSpec(spec: RowSpec): RowSpec {
  return spec.item + spec.itemId < 2 ? spec : { ...spec, item: 1, itemId: 0 };
}

function fusedRows<R extends Rows>(rows: R, fusion: FusionParams<Tensor>, size: number): R {
  const { itemId: _, ...rest } = rows;
  return { ...rest, item: fuse(fusion, itemParts(rows, size)) } as R;
}

/** `[n, modalities, size]` */
function itemParts(rows: Rows, size: number): Modalities {
  const { item, itemId } = rows;
  const n = rowCount(rows);
  const attributes = item === undefined ? [] : [reshape(item, [n, (item.shape[1] ?? 0) / size, size])];
  const parts = concat([...attributes, ...(itemId === undefined ? [] : [unsqueeze(itemId, 1)])], 1);
  return { parts, present: indicator(greater(sum(square(parts), -1), 0)) };
}
