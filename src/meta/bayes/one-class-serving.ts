import type { Catalogue } from "../../encoders/catalogue.ts";
import { paddedTrends } from "../../encoders/moments.ts";
import { requestContext } from "../../encoders/request.ts";
import type { OneClassShape } from "../../models/one-class.ts";
import { bucketOf, memo, padded, roomFor } from "../buckets.ts";
import type { Contribution } from "../learner.ts";
import { summedContent } from "./content.ts";
import { adaptProgram, precisionProgram, scoreProgram } from "./one-class-programs.ts";
import { writeSupport } from "./one-class-support.ts";
import type { OneClass, OneClassFitted, OneClassPrior } from "./one-class-types.ts";
import { paddedRows } from "./rows.ts";

/** Longest support that is used; of a longer history the latest events. */
const MAX_EVENTS = 512;

/** Features of all items and the prior precision, computed once per prior. */
interface Prepared {
  /** `[items, embeddingSize + 1]` */
  readonly features: Float32Array;
  readonly precision: Float32Array;
}

/** Adaptation, scores and reasons; programs are compiled once per size. */
export function oneClassServing(
  catalogue: Catalogue,
  shape: OneClassShape,
): Pick<OneClass, "adapt" | "score" | "explain"> {
  const d = shape.embeddingSize;
  const width = d + 1;
  const adaptFor = memo((shots: number) => adaptProgram(shape, shots));
  const scoreFor = memo((key: string) => {
    const [n, vectors] = key.split("x").map(Number) as [number, number];
    return scoreProgram(shape, n, vectors);
  });
  const precisionFor = memo(() => precisionProgram(shape));
  const prepared = new WeakMap<OneClassPrior, Promise<Prepared>>();
  const prepare = (prior: OneClassPrior): Promise<Prepared> => {
    const known = prepared.get(prior) ?? prepareItems(catalogue, prior, { width, precisionFor });
    prepared.set(prior, known);
    return known;
  };
  const parts = async (
    prior: OneClassPrior,
    fitted: OneClassFitted,
    items: Int32Array,
    tastes: Float32Array,
  ): Promise<ScoreParts> => {
    const { features } = await prepare(prior);
    const vectors = bucketOf(tastes.length / d, 1);
    const n = roomFor(items.length);
    const program = await scoreFor(`${n}x${vectors}`);
    const rows = paddedRows(features, width, items, n);
    const out = await program.run({
      trend: prior.params.trend,
      taste: prior.params.taste,
      features: rows,
      trends: paddedTrends(catalogue, items, fitted.query.time, n),
      context: requestContext(catalogue, fitted.query),
      tastes: padded(tastes, vectors * d),
    } as never);
    const { popular, personal } = out as unknown as { popular: Float32Array; personal: Float32Array };
    const bias = new Float32Array(items.length);
    for (let i = 0; i < bias.length; i++) bias[i] = rows[i * width + d]!;
    return { popular, bias, personal, stride: n };
  };
  return {
    async adapt(prior, query) {
      const { features, precision } = await prepare(prior);
      const room = bucketOf(Math.min(query.history.items.length, MAX_EVENTS), 8);
      const batch = {
        level: new Int32Array(room),
        age: new Float32Array(room),
        mask: new Float32Array(room),
      };
      const used = writeSupport(catalogue, query, { batch, at: 0, room });
      const phi = new Float32Array(room * d);
      used.forEach((j, slot) => {
        const item = query.history.items[j]!;
        phi.set(features.subarray(item * width, item * width + d), slot * d);
      });
      const program = await adaptFor(room);
      const result = await program.run({
        taste: prior.params.taste,
        precision,
        support: { phi, ...batch },
      } as never);
      const {
        mean,
        covariance,
        events,
        prior: fromPrior,
      } = result as unknown as Pick<OneClassFitted, "mean" | "covariance" | "events" | "prior">;
      const fitted = {
        query,
        used,
        mean,
        covariance,
        events: events.subarray(0, used.length * d),
        prior: fromPrior,
      };
      return [fitted, { events: used.length, tasteNorm: Math.hypot(...mean) }];
    },
    async score(prior, fitted, items) {
      const { popular, bias, personal } = await parts(prior, fitted, items, fitted.mean);
      return bias.map((b, i) => b + popular[i]! + personal[i]!);
    },
    async explain(prior, fitted, items) {
      const tastes = new Float32Array(d + fitted.events.length);
      tastes.set(fitted.prior);
      tastes.set(fitted.events, d);
      const { popular, bias, personal, stride } = await parts(prior, fitted, items, tastes);
      return Array.from(items, (_, i): Contribution[] => [
        { source: "popularity", value: popular[i]! },
        { source: "item", value: bias[i]! },
        { source: "prior", value: personal[i]! },
        ...fitted.used.map((event, j) => ({
          source: "event" as const,
          event,
          value: personal[(j + 1) * stride + i]!,
        })),
      ]);
    },
  };
}

interface ScoreParts {
  readonly popular: Float32Array;
  readonly bias: Float32Array;
  /** `[vectors, stride]` */
  readonly personal: Float32Array;
  readonly stride: number;
}

interface PrepareOptions {
  readonly width: number;
  readonly precisionFor: (key: undefined) => ReturnType<typeof precisionProgram>;
}

/** Warm items have content and ID, cold ones content alone. */
async function prepareItems(
  catalogue: Catalogue,
  prior: OneClassPrior,
  { width, precisionFor }: PrepareOptions,
): Promise<Prepared> {
  const all = Int32Array.from(catalogue.items.ids.keys());
  const features = summedContent(catalogue.bags, { data: prior.content, width }, all);
  const id = prior.params.id as Float32Array;
  const phi = new Float32Array(catalogue.warm.length * (width - 1));
  catalogue.warm.forEach((item, row) => {
    for (let j = 0; j < width - 1; j++) features[item * width + j]! += id[row * (width - 1) + j]!;
    phi.set(features.subarray(item * width, (item + 1) * width - 1), row * (width - 1));
  });
  const program = await precisionFor(undefined);
  const { precision } = await program.run({ taste: prior.params.taste, phi } as never);
  return { features, precision: precision as Float32Array };
}
