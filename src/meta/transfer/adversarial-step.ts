import type { Rng } from "../../base/rng.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import { zerosLike } from "../../optim/index.ts";
import { summedContent, summedContentGradient } from "../bayes/content.ts";
import { memo } from "../buckets.ts";
import { adversaryProgram } from "./adversary.ts";
import type { Domain, JointPrior, Side } from "./joint-types.ts";

/** Items of each side that the classifier sees in a step. */
const ITEMS = 128;

/** The loss of the classifier of domains, and its gradient in the nesting of the prior: features climb it. */
export function adversarial(
  domains: Readonly<Record<Side, Pick<Domain, "catalogue" | "start">>>,
  strength: number,
): (prior: JointPrior, rng: Rng) => Promise<{ readonly loss: number; readonly gradient: JointPrior }> {
  const { catalogue, start } = domains.target;
  const size = (start.params as { readonly id: Float32Array }).id.length / catalogue.warm.length;
  const program = memo((_: undefined) => adversaryProgram(2 * ITEMS, size, strength));
  return async (prior, rng) => {
    const samples = (["source", "target"] as const).map((side) =>
      drawItems(domains[side].catalogue, rng.split(side)),
    );
    const table = { data: prior.shared.content, width: size + 1 };
    const features = new Float32Array(2 * ITEMS * size);
    const sign = new Float32Array(2 * ITEMS).fill(-1);
    samples.forEach(({ bags, rows }, half) => {
      const found = summedContent(bags, table, rows);
      for (let i = 0; i < ITEMS; i++)
        features.set(found.subarray(i * (size + 1), i * (size + 1) + size), (half * ITEMS + i) * size);
    });
    sign.fill(1, ITEMS);
    const out = await (await program(undefined)).run({ params: prior.adversary, features, sign });
    const { loss, grads } = out as unknown as Answer;
    const content = new Float32Array(table.data.length);
    samples.forEach(({ bags, rows }, half) => {
      const gradient = new Float32Array(ITEMS * (size + 1));
      for (let i = 0; i < ITEMS; i++)
        gradient.set(
          grads.features.subarray((half * ITEMS + i) * size, (half * ITEMS + i + 1) * size),
          i * (size + 1),
        );
      summedContentGradient(bags, rows, gradient, { data: content, width: size + 1 });
    });
    const nothing = zerosLike(prior) as JointPrior;
    const gradient = { ...nothing, shared: { ...nothing.shared, content }, adversary: grads.params };
    return { loss: loss[0]!, gradient };
  };
}

interface Answer {
  readonly loss: Float32Array;
  readonly grads: {
    readonly params: Readonly<Record<string, Float32Array>>;
    readonly features: Float32Array;
  };
}

/** With replacement, so that a small catalogue fills the program's shape. */
function drawItems(
  { bags, warm }: Catalogue,
  rng: Rng,
): { readonly bags: Catalogue["bags"]; readonly rows: Int32Array } {
  return { bags, rows: Int32Array.from({ length: ITEMS }, () => warm[rng.int(warm.length)]!) };
}
