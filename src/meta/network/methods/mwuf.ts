import { dense, type Layer } from "../../../models/layers.ts";
import type { Events, Params } from "../../../models/model.ts";
import {
  add,
  concat,
  div,
  maximum,
  mul,
  relu,
  type Shape,
  squeeze,
  sum,
  type Tensor,
  unsqueeze,
} from "../../../tensor/index.ts";
import type { Method } from "../method.ts";
import { fromContent, idMethod } from "./item-id.ts";
import { generated } from "./meta-emb.ts";

/**
 * MWUF (Zhu et al. 2021, sec. 4): a new item starts from the common ID embedding and is warmed by gradient steps; two
 * networks then carry the result to where warm embeddings are, `v' = scale(attributes) * v + shift(users so far)`.
 * `scale` and `shift` have one hidden layer; the users so far are the mean of what the network knows of them. Before the
 * first user nothing is shifted.
 */
export const mwuf: Method = idMethod("mwuf", "MWUF", {
  shapes(world): Params<Shape> {
    const { size } = world.spec;
    const people = (world.spec.user + world.spec.userId) * size;
    const out = { weight: [size, size], bias: [size] };
    return {
      mean: [size],
      scale: { hidden: fromContent(world), out },
      ...(people > 0 && { shift: { hidden: { weight: [people, size], bias: [size] }, out } }),
    };
  },
  start: (path) => {
    if (path === "scale.out.bias") return { fill: 1 };
    return path.endsWith("out.weight") ? { deviation: 0.05 } : undefined;
  },
  first: (own) => own["mean"] as Tensor,
  last(own, warmed, { anchor, support }) {
    const scale = own["scale"] as unknown as Two;
    const factor = output(scale, relu(generated(scale.hidden, anchor)));
    const shift = own["shift"] as unknown as Two | undefined;
    const scaled = mul(factor, warmed);
    return shift === undefined ? scaled : add(scaled, shifted(shift, support));
  },
});

interface Two {
  readonly hidden: Params<Tensor>;
  readonly out: Layer<Tensor>;
}

function output({ out }: Two, hidden: Tensor): Tensor {
  return squeeze(dense(out, unsqueeze(hidden, 0)), 0);
}

/** What the mean of the users so far moves the embedding by; nothing while there is none. `[size]` */
function shifted(shift: Two, { user, userId, mask }: Events): Tensor {
  const told = concat(
    [user, userId].filter((part) => part !== undefined),
    -1,
  );
  const weight = sum(mask);
  const mean = div(sum(mul(told, unsqueeze(mask, -1)), 0), maximum(weight, 1));
  const some = div(weight, maximum(weight, 1));
  return mul(output(shift, relu(generated(shift.hidden, mean))), some);
}
