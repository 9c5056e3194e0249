import { check } from "../../base/errors.ts";
import type { Table } from "../../data/dataset.ts";
import type { Bags } from "../../encoders/bags.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import { type Encoder, encodeTable } from "../../encoders/encoder.ts";
import { gated } from "../../models/gated.ts";
import { losses } from "../../models/losses.ts";
import type { Model, Params, RowSpec } from "../../models/model.ts";
import { modelNamed } from "../../models/models.ts";
import { type Shape, type Tensor, zeros } from "../../tensor/index.ts";
import { paramInputs } from "../params.ts";
import type { Method, MethodWorld, PriorTensors } from "./method.ts";
import { methodNamed } from "./methods.ts";
import { defaultNetworkConfig, type NetworkConfig } from "./network-config.ts";

/** What a learner on a network knows of the world: fitted on training only. */
export interface NetworkWorld {
  readonly catalogue: Catalogue;
  /** How attributes of people become tokens. */
  readonly people: Encoder;
  /** Attributes of the user table, for tasks whose events say who did them. */
  readonly users?: Bags;
  readonly config: NetworkConfig;
  readonly model: Model;
  readonly method: Method;
  readonly spec: RowSpec;
  /** What levels are shrunk to. `[items]` */
  readonly levelPrior: Float32Array;
}

/** A warm item's mean without the person's own event, in standard deviations, and that it is warm. */
export const levelWidth = 2;

/**
 * Joins a network and a method.
 *
 * @throws NOT_FOUND for a name of neither; CONFIG where the parts do not fit
 */
export function networkWorld(
  catalogue: Catalogue,
  people: Encoder,
  given: Partial<NetworkConfig> = {},
  users?: Table,
): NetworkWorld {
  const config = { ...defaultNetworkConfig, ...given };
  const { about, itemIds, userIds, itemLevels, embeddingSize: size } = config;
  checkConfig(config, users !== undefined);
  const spec: RowSpec = {
    size,
    user: people.fields.length,
    item: catalogue.bags.fields.length,
    userId: about !== "user" && userIds ? 1 : 0,
    itemId: itemIds && catalogue.warm.length > 0 ? 1 : 0,
    dense: itemLevels && about === "user" ? levelWidth : 0,
  };
  return {
    catalogue,
    people,
    ...(about !== "user" && users !== undefined && { users: encodeTable(people, users) }),
    config,
    model: config.fusion === "gate" ? gated(modelNamed(config.model)) : modelNamed(config.model),
    method: methodNamed(config.method),
    spec,
    levelPrior: new Float32Array(catalogue.items.ids.length),
  };
}

function checkConfig({ about, loss, negatives }: NetworkConfig, hasUsers: boolean): void {
  const where = "network learner";
  check(about === "user" || hasUsers, "CONFIG", () => ({
    where: `${where}, tasks about a ${about}`,
    expected: "the table of users, whom their events name",
    got: "none",
  }));
  check(loss === "squared" || loss === "cross-entropy" || negatives > 0, "CONFIG", () => ({
    where: `${where}, loss ${loss}`,
    expected: "at least one item drawn beside each event: negatives > 0",
    got: String(negatives),
  }));
  check(about !== "item" || negatives === 0, "CONFIG", () => ({
    where: `${where}, tasks about an item`,
    expected: "negatives = 0, for whoever did not like it is among its events",
    got: String(negatives),
  }));
}

/** Shapes of all that meta-training learns besides embeddings. */
export type PriorShapes = { readonly network: Params<Shape>; readonly own: Params<Shape> };

export function priorShapes({ model, method, spec, config }: NetworkWorld): PriorShapes {
  const { hidden, dropout } = config;
  return { network: model.shapes(spec, { hidden, dropout }), own: method.shapes({ model, spec, config }) };
}

/** A program input for each of them. */
export function priorInputs(world: NetworkWorld): PriorTensors {
  const inputs: unknown = paramInputs(priorShapes(world));
  return inputs as PriorTensors;
}

/** Random inputs of a program. */
export interface Draws {
  readonly drop: MethodWorld["drop"];
  readonly noise: MethodWorld["noise"];
}

/** Nothing is left out and noise is zero: how tasks are judged and served. */
export const still: Draws = { drop: (hidden: Tensor) => hidden, noise: (shape: Shape) => zeros(shape) };

export function methodWorld({ model, spec, config }: NetworkWorld, draws: Draws = still): MethodWorld {
  return { model, spec, config, ...draws, loss: losses[config.loss] };
}
