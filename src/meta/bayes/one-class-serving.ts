import type { Catalogue } from "../../encoders/catalogue.ts";
import { paddedTrends } from "../../encoders/moments.ts";
import { requestContext } from "../../encoders/request.ts";
import { trendTime } from "../../encoders/trends.ts";
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
  // Reasons are asked for the best few: they must not push out the list that is ranked.
  const [ranked, explained] = [lastLayout(catalogue, width), lastLayout(catalogue, width)];
  const parts = async (
    prior: OneClassPrior,
    { query }: OneClassFitted,
    { items, tastes, layOut }: Wanted,
  ): Promise<ScoreParts> => {
    const { features } = await prepare(prior);
    const vectors = bucketOf(tastes.length / d, 1);
    const { room, rows, bias, trends } = layOut(features, items, query.time);
    const program = await scoreFor(`${room}x${vectors}`);
    const out = await program.run({
      trend: prior.params.trend,
      taste: prior.params.taste,
      features: rows,
      trends,
      context: requestContext(catalogue, query),
      tastes: padded(tastes, vectors * d),
    } as never);
    const { popular, personal } = out as unknown as { popular: Float32Array; personal: Float32Array };
    return { popular, bias, personal, stride: room };
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
      const { popular, bias, personal } = await parts(prior, fitted, {
        items,
        tastes: fitted.mean,
        layOut: ranked,
      });
      const scores = new Float32Array(items.length);
      for (let i = 0; i < scores.length; i++) scores[i] = bias[i]! + popular[i]! + personal[i]!;
      return scores;
    },
    async explain(prior, fitted, items) {
      const tastes = new Float32Array(d + fitted.events.length);
      tastes.set(fitted.prior);
      tastes.set(fitted.events, d);
      const { popular, bias, personal, stride } = await parts(prior, fitted, {
        items,
        tastes,
        layOut: explained,
      });
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

/** Items as a score program takes them, zeros after them. */
interface ItemLayout {
  readonly room: number;
  /** `[room, embeddingSize + 1]` */
  readonly rows: Float32Array;
  /** `[items]` */
  readonly bias: Float32Array;
  /** `[room, trendWidth]` */
  readonly trends: Float32Array;
}

/**
 * Lays items out; the last list is kept, because a service ranks one list for everybody. Lists are told apart by identity:
 * callers do not change theirs.
 */
function lastLayout(catalogue: Catalogue, width: number): LayOut {
  let last: { features: Float32Array; items: Int32Array; moment: number; layout: ItemLayout } | undefined;
  return (features, items, time) => {
    const moment = trendTime(catalogue.trends, time);
    const same = last?.items === items && last.features === features ? last : undefined;
    if (same !== undefined && Object.is(same.moment, moment)) return same.layout;
    const room = same?.layout.room ?? roomFor(items.length);
    const rows = same?.layout.rows ?? paddedRows(features, width, items, room);
    const bias = same?.layout.bias ?? Float32Array.from(items, (_, i) => rows[(i + 1) * width - 1]!);
    const layout = { room, rows, bias, trends: paddedTrends(catalogue, items, time, room) };
    last = { features, items, moment, layout };
    return layout;
  };
}

type LayOut = (features: Float32Array, items: Int32Array, time: number | undefined) => ItemLayout;

interface Wanted {
  readonly items: Int32Array;
  /** `[vectors, embeddingSize]` */
  readonly tastes: Float32Array;
  readonly layOut: LayOut;
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
