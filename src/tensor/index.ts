export type {
  Backend,
  BackendOptions,
  Executable,
  Graph,
  HalfWeights,
  PortArray,
  RunArray,
} from "./backend.ts";
export {
  type CachedProgram,
  type ProgramCache,
  type ProgramCacheOptions,
  programCache,
  shareSessions,
} from "./cache.ts";
export { type Cost, costOf } from "./cost.ts";
export { toSvg } from "./draw/svg.ts";
export { explain } from "./explain.ts";
export { grad, type TensorTree, vjp } from "./grad.ts";
export { graphKey } from "./graph-key.ts";
export { fromHalf, type HalfType, toHalf } from "./half.ts";
export { type ExportOptions, exportOnnx } from "./interchange/export.ts";
export { type ImportedModel, type ImportOptions, importOnnx } from "./interchange/import.ts";
export { argMax, scatterAddAlong, takeAlong, topK } from "./ops/along.ts";
export { expand, reshape, sum, sumTo } from "./ops/broadcast.ts";
export * from "./ops/compare.ts";
export * from "./ops/elementwise.ts";
export { gather, oneHot, scatterAdd } from "./ops/gather.ts";
export { constant, input, type Operand, ones, zeros } from "./ops/leaf.ts";
export { inverseSpd, solveSpd } from "./ops/linalg.ts";
export { dot, type MatmulOptions, matmul, matvec } from "./ops/matmul.ts";
export { dropout, type LayerNormOptions, layerNorm } from "./ops/normalise.ts";
export type { Binary, Unary } from "./ops/pointwise.ts";
export { logSoftmax, logSumExp, max, mean, min, softmax, stopGradient } from "./ops/reduce.ts";
export { cast, indicator, where } from "./ops/select.ts";
export * from "./ops/structure.ts";
export { type AllReduce, shardRange, singleAllReduce } from "./parallel/all-reduce.ts";
export {
  type DataParallel,
  type DataParallelOptions,
  dataParallel,
  type ShardInputs,
  type ShardOutputs,
} from "./parallel/data-parallel.ts";
export { type SharedGroup, sharedAllReduce, sharedGroup } from "./parallel/shared-all-reduce.ts";
export { type CompileOptions, compile, type Program, type RunOptions } from "./program.ts";
export { calibrate, joinRanges } from "./quantise/calibrate.ts";
export { type Int8Matrix, roundChannels, transposed, widenChannels } from "./quantise/channels.ts";
export { dequantise } from "./quantise/dequantise.ts";
export type { Range } from "./quantise/int8-matmul.ts";
export type { QuantiseOptions, Ranges } from "./quantise/quantise.ts";
export { referenceBackend } from "./reference/backend.ts";
export { type Device, type DeviceReport, listDevices } from "./runtime/device.ts";
export { onnxBackend } from "./runtime/onnxruntime.ts";
export {
  type FilePort,
  type OnnxRunner,
  type OpenOnnxOptions,
  openOnnx,
  type ShapedArray,
} from "./runtime/open-onnx.ts";
export { type DType, type HostArray, type Op, type Shape, sizeOf, type Tensor } from "./tensor.ts";
export { checkpoint } from "./transform/checkpoint.ts";
export { implicit } from "./transform/implicit.ts";
export { type MapOptions, map } from "./transform/map.ts";
export { hvp, jvp, valueAndGrad } from "./transform/products.ts";
export type { SolveOptions } from "./transform/solve.ts";
export { type NoTensors, type Step, type UnrollOptions, unroll } from "./transform/unroll.ts";
export { flatten, type MapTree, mapTree, overlay, pick, type Tree } from "./tree.ts";
