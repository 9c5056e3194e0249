import { ForetasteError } from "../../../base/errors.ts";
import { nearestLevel, paddedRows } from "../../bayes/rows.ts";
import { memo, padded, roomFor } from "../../buckets.ts";
import { adaptProgram, catalogueProgram, type Traced, vectorProgram } from "./programs.ts";
import type { FineTuning, TunedPrior } from "./types.ts";

/** The catalogue as a prior sees it. */
interface Catalogue {
  /** `[rows, embeddingSize]` */
  readonly phi: Float32Array;
  /** `[rows]` */
  readonly bias: Float32Array;
  /** `[embeddingSize, embeddingSize]` */
  readonly precision: Float32Array;
}

type Serving = Pick<FineTuning, "adapt" | "score" | "vectors">;

/** Vectors, one person's taste, and scores. What a prior makes of the catalogue is computed once. */
export function tunedServing(traced: Traced): Serving {
  const { world, config } = traced;
  const d = config.embeddingSize;
  const adaptFor = memo((shots: number) => adaptProgram(traced, shots));
  const known = new WeakMap<TunedPrior, Promise<Catalogue>>();
  const catalogueOf = (prior: TunedPrior): Promise<Catalogue> => {
    const catalogue = known.get(prior) ?? embedCatalogue(traced, prior);
    known.set(prior, catalogue);
    return catalogue;
  };
  return {
    vectors: (prior, signal) => allVectors(traced, prior, signal),
    async adapt(prior, { history }) {
      const { phi, precision } = await catalogueOf(prior);
      const shots = roomFor(history.items.length);
      const program = await adaptFor(shots);
      const level = new Int32Array(shots);
      history.values.forEach((value, i) => {
        level[i] = nearestLevel(world.levels, value);
      });
      const support = {
        phi: paddedRows(phi, d, history.items, shots),
        level,
        age: new Float32Array(shots),
        mask: padded(new Array<number>(history.items.length).fill(1), shots),
      };
      const { mean } = await program.run({ head: prior.head, precision, support });
      return [{ mean: mean as Float32Array }, { events: history.items.length }];
    },
    async score(prior, { mean }, items) {
      const { phi, bias } = await catalogueOf(prior);
      const scale = Math.exp(prior.head.taste.logScale[0]!);
      return Float32Array.from(items, (item) => {
        let personal = 0;
        for (let k = 0; k < d; k++) personal += phi[item * d + k]! * mean[k]!;
        return bias[item]! + scale * personal;
      });
    },
  };
}

async function embedCatalogue(traced: Traced, prior: TunedPrior): Promise<Catalogue> {
  const vectors = await allVectors(traced, prior);
  const known = new Float32Array(traced.features.rows);
  for (const item of traced.world.known) known[item] = 1;
  const program = await catalogueProgram(traced);
  const out = await program.run({ head: prior.head, vectors, known });
  await program.release();
  return out as unknown as Catalogue;
}

/** Vectors of all rows, some at a time; the last ones overlap with those before. `[rows, width]` */
async function allVectors(traced: Traced, prior: TunedPrior, signal?: AbortSignal): Promise<Float32Array> {
  const { rows, width, feeds } = traced.features;
  const size = Math.min(traced.config.batchItems, rows);
  const out = new Float32Array(rows * width);
  const program = await vectorProgram(traced, size);
  for (let start = 0; start < rows; start += size) {
    if (signal?.aborted) throw stopped(start, rows);
    const from = Math.min(start, rows - size);
    const items = Int32Array.from({ length: size }, (_, i) => from + i);
    const { vectors } = await program.run({ trained: prior.trained, items: feeds(items) });
    out.set(vectors as Float32Array, from * width);
  }
  await program.release();
  return out;
}

function stopped(done: number, rows: number): ForetasteError {
  return new ForetasteError("CANCELLED", {
    where: "vectors of items",
    expected: `${rows}`,
    got: `a stop after ${done}`,
  });
}
