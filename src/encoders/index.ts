/**
 * Pretrained encoders of text: a transformer of Foretaste's own operators, so that it can be differentiated.
 *
 * @packageDocumentation
 */
export { type CacheOptions, cached } from "./pretrained/cached.ts";
export { type Checkpoint, readCheckpoint } from "./pretrained/checkpoint/checkpoint.ts";
export { fetchModel, type HubOptions } from "./pretrained/hub/hub.ts";
export { type KnownEncoder, knownEncoders } from "./pretrained/known.ts";
export { decodeImage, type Image } from "./pretrained/onnx/image.ts";
export { type ImageEncoder, type OnnxImageOptions, onnxImageEncoder } from "./pretrained/onnx/onnx-image.ts";
export { type OnnxTextOptions, onnxTextEncoder } from "./pretrained/onnx/onnx-text.ts";
export {
  encodersFolder,
  isHere,
  type OpenEncoderOptions,
  openTextEncoder,
} from "./pretrained/open-text-encoder.ts";
export { type Delta, readDelta, type Tuned, withDelta, writeDelta } from "./pretrained/strategies/delta.ts";
export { layerRates } from "./pretrained/strategies/depth.ts";
export { strategyOf, trainedNumbers } from "./pretrained/strategies/strategies.ts";
export type { Strategy, StrategyName, StrategySettings } from "./pretrained/strategies/strategy.ts";
export type { TextEncoder } from "./pretrained/text-encoder.ts";
export { encodedWidth, longestText, type TransformerConfig } from "./pretrained/transformer/config.ts";
export type { Hooks, Sublayer } from "./pretrained/transformer/hooks.ts";
export { encodeStates, encodeTokens, hiddenStates, type Tokens } from "./pretrained/transformer/network.ts";
export {
  type LinearMap,
  leafAt,
  linearMaps,
  type Params,
  paramShapes,
  treeOf,
} from "./pretrained/transformer/params.ts";
export { type TransformerEncoderOptions, transformerEncoder } from "./pretrained/transformer-encoder.ts";
export { readUseLite, type UseLiteCheckpoint } from "./pretrained/use-lite/checkpoint.ts";
export { encodeUseLite, type UseLiteParams } from "./pretrained/use-lite/network.ts";
export { type UseLiteOptions, useLite } from "./pretrained/use-lite/use-lite.ts";
