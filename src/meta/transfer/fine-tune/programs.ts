import {
  type ContentChoiceParams,
  type ContentChoiceShape,
  contentChoiceLoss,
  contentChoiceShapes,
  contentEmbeddings,
} from "../../../models/content-choice.ts";
import { oneClassPosterior, oneClassPrecision } from "../../../models/one-class.ts";
import {
  compile,
  div,
  grad,
  input,
  maximum,
  mul,
  type Program,
  sum,
  type Tensor,
  type Tree,
  unsqueeze,
} from "../../../tensor/index.ts";
import { tasteInputs } from "../../bayes/one-class-programs.ts";
import { paramInputs } from "../../params.ts";
import type { ContentWorld, FineTuneConfig } from "./config.ts";
import type { ItemFeatures } from "./features.ts";
import type { SliceShape } from "./layout.ts";

/** What the programs are about. */
export interface Traced {
  readonly features: ItemFeatures;
  readonly world: ContentWorld;
  readonly config: FineTuneConfig;
}

export type AnyProgram = Program<Tree<Tensor>, Tree<Tensor>>;

export function headShape({ features, world, config }: Traced): ContentChoiceShape {
  return { width: features.width, embeddingSize: config.embeddingSize, levels: world.levels.length };
}

function priorInputs(traced: Traced): { head: ContentChoiceParams<Tensor>; trained: Tree<Tensor> } {
  const shapes = { head: contentChoiceShapes(headShape(traced)), trained: traced.features.shapes };
  return paramInputs(shapes) as { head: ContentChoiceParams<Tensor>; trained: Tree<Tensor> };
}

/**
 * Loss of one slice, a mean over what people liked, and its gradient: texts of the slice's items to vectors, to
 * embeddings, to everybody's posterior, to the query's loss, in one program.
 */
export async function sliceProgram(
  traced: Traced,
  { support, query, people }: SliceShape,
  gradients: boolean,
): Promise<AnyProgram> {
  const prior = priorInputs(traced);
  const { inputs, vectors } = traced.features.trace(support + query, prior.trained);
  const batch = {
    level: input("level", [people, support], "int32"),
    met: input("met", [people, support]),
    supportItem: input("supportItem", [support]),
    queryItem: input("queryItem", [query]),
    liked: input("liked", [people, query]),
  };
  const surprise = contentChoiceLoss(prior.head, vectors, { ...batch, standard: traced.world.standard });
  const loss = div(sum(surprise), maximum(sum(batch.liked), 1));
  const outputs = gradients ? { loss, grads: grad(loss, prior) } : { loss };
  const { threads } = traced.config;
  return compile({ prior, items: inputs, batch }, outputs as Tree<Tensor>, { threads });
}

/** Vectors of some items. */
export async function vectorProgram(traced: Traced, items: number): Promise<AnyProgram> {
  const { trained } = priorInputs(traced);
  const { inputs, vectors } = traced.features.trace(items, trained);
  return compile({ trained, items: inputs }, { vectors }, { threads: traced.config.threads });
}

/** Embeddings of the whole catalogue, and the precision everybody's taste starts with. */
export async function catalogueProgram(traced: Traced): Promise<AnyProgram> {
  const { rows, width } = traced.features;
  const { head } = priorInputs(traced);
  const vectors = input("vectors", [rows, width]);
  const known = input("known", [rows]);
  const { phi, bias } = contentEmbeddings(head, vectors, traced.world.standard);
  const precision = oneClassPrecision(head, mul(phi, unsqueeze(known, -1)));
  return compile({ head, vectors, known }, { phi, bias, precision }, { threads: traced.config.threads });
}

/** One person's taste. */
export async function adaptProgram(traced: Traced, shots: number): Promise<AnyProgram> {
  const { head } = priorInputs(traced);
  const { precision, support } = tasteInputs(shots, traced.config.embeddingSize);
  const { mean } = oneClassPosterior(head, precision, support);
  return compile({ head, precision, support }, { mean });
}
