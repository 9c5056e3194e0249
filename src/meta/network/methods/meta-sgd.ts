import type { Params } from "../../../models/model.ts";
import { flatten, mapTree, type Shape, type Tensor } from "../../../tensor/index.ts";
import type { Method } from "../method.ts";
import { everything, fastScore, lossAt, startOf, stepDown } from "./gradient.ts";

/**
 * Meta-SGD (Li et al. 2017, alg. 1): as MAML, with an inner learning rate of its own for each parameter, learned with the
 * prior: `w <- w - a * dL/dw`, both of one shape. A rate may become negative.
 */
export const metaSgd: Method = {
  name: "meta-sgd",
  title: "Meta-SGD",
  shapes({ model, spec, config }) {
    const { about, hidden, dropout, embeddingSize } = config;
    const width = about === "domain" ? 0 : spec[about] * embeddingSize;
    const network = model.shapes(spec, { hidden, dropout });
    const moving: Params<Shape> = { network, ...(width > 0 && { anchor: [width] }) };
    return mapTree<Params<Shape>, Shape, Params<Shape>>(moving, (rate) => ({ rate }));
  },
  start: (_, __, { innerLearningRate }) => ({ fill: innerLearningRate }),
  adapt(world, prior, task) {
    const start = startOf(world, prior, task, everything);
    const own = new Map(flatten<Tensor>(prior.own));
    const rates = mapTree<Params<Tensor>, Tensor, Tensor>(
      start,
      (_, path) => own.get(`${path}.rate`) as Tensor,
    );
    return stepDown(world, lossAt(world, prior, task), start, rates);
  },
  score: fastScore,
};
