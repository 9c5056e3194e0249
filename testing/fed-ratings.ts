import { type RatingsParams, type RatingsShape, ratingsShapes } from "../src/models/ratings.ts";
import { input, mapTree, type Shape, type Tensor } from "../src/tensor/index.ts";
import { evaluate } from "./reference.ts";

/** Inputs of a ratings head with the numbers they are fed, run by the slow reference. */
export interface FedRatings {
  take(name: string, dims: Shape, values: ArrayLike<number>, dtype?: "float32" | "int32"): Tensor;
  /** Parameters by their path, zeros where none are given. */
  params(values: Readonly<Record<string, readonly number[]>>): RatingsParams<Tensor>;
  run(...outputs: Tensor[]): number[][];
}

export function fedRatings(shape: RatingsShape): FedRatings {
  const feeds = new Map<Tensor, ArrayLike<number>>();
  const take: FedRatings["take"] = (name, dims, values, dtype = "float32") => {
    const tensor = input(name, dims, dtype);
    feeds.set(tensor, values);
    return tensor;
  };
  return {
    take,
    params: (values) =>
      mapTree<RatingsParams<Shape>, Shape, Tensor>(ratingsShapes(shape), (dims, path) =>
        take(path, dims, values[path] ?? new Array(dims.reduce((a, b) => a * b, 1)).fill(0)),
      ),
    run: (...outputs) => evaluate(outputs, feeds).map((x) => [...x]),
  };
}
