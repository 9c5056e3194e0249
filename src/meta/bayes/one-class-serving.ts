import type { Catalogue } from "../../encoders/catalogue.ts";
import { requestContext } from "../../encoders/request.ts";
import type { OneClassShape } from "../../models/one-class.ts";
import { bucketOf, memo, padded } from "../buckets.ts";
import type { Contribution } from "../learner.ts";
import { type LayOut, lastLayout } from "./one-class-layout.ts";
import { likesReader } from "./one-class-likes.ts";
import { adaptProgram, precisionProgram, scoreProgram } from "./one-class-programs.ts";
import { writeSupport } from "./one-class-support.ts";
import type { ItemReader, OneClass, OneClassFitted, OneClassPrior } from "./one-class-types.ts";

/** Longest support that is used; of a longer history the latest events. */
const MAX_EVENTS = 512;

/** Features of all items and the prior precision, computed once per prior. */
export interface Prepared {
  /** `[items, embeddingSize + 1]` */
  readonly features: Float32Array;
  readonly precision: Float32Array;
}

/** What a head knows of the world, and how it reads items. */
export interface OneClassWorld {
  readonly catalogue: Catalogue;
  readonly shape: OneClassShape;
  readonly items: ItemReader;
}

/** Adaptation, scores and reasons; programs are compiled once per size. */
export function oneClassServing(world: OneClassWorld): Pick<OneClass, "adapt" | "score" | "explain"> {
  const { catalogue, shape } = world;
  const prepare = preparation(world);
  const parts = scorer(catalogue, shape, prepare);
  const saidBy = likesReader(catalogue);
  // Reasons are asked for the best few: they must not push out the list that is ranked.
  const [ranked, explained] = [lastLayout(catalogue, shape), lastLayout(catalogue, shape)];
  return {
    adapt: adaptation(catalogue, shape, prepare),
    async score(prior, fitted, items) {
      const wanted = { items, tastes: fitted.mean, layOut: ranked };
      const { popular, bias, personal } = await parts(prior, fitted, wanted);
      const scores = new Float32Array(items.length);
      const said = saidBy(prior, fitted);
      for (let i = 0; i < scores.length; i++)
        scores[i] = bias[i]! + popular[i]! + personal[i]! + said.of(items[i]!);
      return scores;
    },
    async explain(prior, fitted, items) {
      const tastes = new Float32Array(fitted.prior.length + fitted.events.length);
      tastes.set(fitted.prior);
      tastes.set(fitted.events, fitted.prior.length);
      const found = await parts(prior, fitted, { items, tastes, layOut: explained });
      const said = saidBy(prior, fitted);
      return Array.from(items, (item, i) => contributions(fitted, found, i, said.byEvent(item)));
    },
  };
}

/** @param said by each used event's like, beside what the event says of the person's taste */
function contributions(
  fitted: OneClassFitted,
  found: ScoreParts,
  i: number,
  said: Float64Array,
): Contribution[] {
  const { popular, bias, personal, stride } = found;
  return [
    { source: "popularity", value: popular[i]! },
    { source: "item", value: bias[i]! },
    { source: "prior", value: personal[i]! },
    ...fitted.used.map((event, j): Contribution => {
      return { source: "event", event, value: personal[(j + 1) * stride + i]! + said[j]! };
    }),
  ];
}

type Prepare = (prior: OneClassPrior) => Promise<Prepared>;

function preparation(world: OneClassWorld): Prepare {
  const precisionFor = memo(() => precisionProgram(world.shape));
  const prepared = new WeakMap<OneClassPrior, Promise<Prepared>>();
  return (prior) => {
    const known = prepared.get(prior) ?? prepareItems(world, prior, precisionFor);
    prepared.set(prior, known);
    return known;
  };
}

function adaptation(catalogue: Catalogue, shape: OneClassShape, prepare: Prepare): OneClass["adapt"] {
  const d = shape.embeddingSize;
  const adaptFor = memo((shots: number) => adaptProgram(shape, shots));
  return async (prior, query) => {
    const { features, precision } = await prepare(prior);
    const room = bucketOf(Math.min(query.history.items.length, MAX_EVENTS), 8);
    const batch = { level: new Int32Array(room), age: new Float32Array(room), mask: new Float32Array(room) };
    const used = writeSupport(catalogue, query, { batch, at: 0, room });
    const phi = new Float32Array(room * d);
    used.forEach((j, slot) => {
      const from = query.history.items[j]! * (d + 1);
      phi.set(features.subarray(from, from + d), slot * d);
    });
    const program = await adaptFor(room);
    const feeds = { taste: prior.params.taste, precision, support: { phi, ...batch } };
    const out = (await program.run(feeds as never)) as unknown as PosteriorArrays;
    const fitted = { query, used, ...out, events: out.events.subarray(0, used.length * d) };
    return [fitted, { events: used.length, tasteNorm: Math.hypot(...out.mean) }];
  };
}

type PosteriorArrays = Pick<OneClassFitted, "mean" | "covariance" | "events" | "prior">;
type Scorer = (prior: OneClassPrior, fitted: OneClassFitted, wanted: Wanted) => Promise<ScoreParts>;

function scorer(catalogue: Catalogue, shape: OneClassShape, prepare: Prepare): Scorer {
  const d = shape.embeddingSize;
  const scoreFor = memo((key: string) => {
    const [n, vectors] = key.split("x").map(Number) as [number, number];
    return scoreProgram(shape, n, vectors);
  });
  return async (prior, { query }, { items, tastes, layOut }) => {
    const { features } = await prepare(prior);
    const vectors = bucketOf(tastes.length / d, 1);
    const { room, rows, bias, trends } = layOut(features, items, query.time);
    const program = await scoreFor(`${room}x${vectors}`);
    const { trend, taste } = prior.params;
    const context = requestContext(catalogue, query);
    const feeds = { trend, taste, features: rows, trends, context, tastes: padded(tastes, vectors * d) };
    const out = await program.run(feeds as never);
    const { popular, personal } = out as unknown as { popular: Float32Array; personal: Float32Array };
    return { popular, bias, personal, stride: room };
  };
}

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

type PrecisionFor = (key: undefined) => ReturnType<typeof precisionProgram>;

/** Warm items have content and ID, cold ones content alone. */
export async function prepareItems(
  { catalogue, shape, items }: OneClassWorld,
  prior: OneClassPrior,
  precisionFor: PrecisionFor,
): Promise<Prepared> {
  const features = await items.features(prior);
  const width = shape.embeddingSize + 1;
  const phi = new Float32Array(catalogue.warm.length * (width - 1));
  catalogue.warm.forEach((item, row) =>
    phi.set(features.subarray(item * width, (item + 1) * width - 1), row * (width - 1)),
  );
  const program = await precisionFor(undefined);
  const { precision } = await program.run({ taste: prior.params.taste, phi } as never);
  return { features, precision: precision as Float32Array };
}
