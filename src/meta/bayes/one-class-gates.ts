import { type FusionParams, modalityShares } from "../../models/fusion.ts";
import { type OneClassShape, oneClassShapes } from "../../models/one-class.ts";
import { compile, input, type Tensor } from "../../tensor/index.ts";
import { memo, padded, roomFor } from "../buckets.ts";
import { paramInputs } from "../params.ts";
import type { OneClassPrior } from "./one-class-types.ts";

/** Items in one run of the program: memory follows it, and not the catalogue. */
const BLOCK = 4096;

/** What the parts of items are multiplied by, given which are known. `[n, m, d + 1], [n, m] -> [n, m]` */
type RunGates = (prior: OneClassPrior, parts: Float32Array, known: Float32Array) => Promise<Float32Array>;

/** @param shape with `fields` */
export function gateRunner(shape: OneClassShape): RunGates {
  const [m, width] = [(shape.fields ?? 0) + 1, shape.embeddingSize + 1];
  const programFor = memo((room: number) => {
    const fusion = (paramInputs(oneClassShapes(shape)) as { fusion: FusionParams<Tensor> }).fusion;
    const given = { parts: input("parts", [room, m, width]), present: input("present", [room, m]) };
    return compile({ fusion, ...given }, { weights: modalityShares(fusion, given) });
  });
  return async (prior, parts, known) => {
    const weights = new Float32Array(known.length);
    for (let at = 0; at < known.length; at += BLOCK * m) {
      const present = known.subarray(at, at + BLOCK * m);
      const room = roomFor(present.length / m);
      const program = await programFor(room);
      const out = await program.run({
        fusion: prior.params["fusion"],
        parts: padded(parts.subarray(at * width, (at + BLOCK * m) * width), room * m * width),
        present: padded(present, room * m),
      } as never);
      weights.set((out as { weights: Float32Array }).weights.subarray(0, present.length), at);
    }
    return weights;
  };
}
