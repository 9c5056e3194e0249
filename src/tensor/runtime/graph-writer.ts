import type { HalfType } from "../half.ts";
import { toHalf } from "../half.ts";
import type { Attribute, DType, Emitter, HostArray, Shape } from "../tensor.ts";

/** The wire format's numbers of dtypes. */
export const DATA_TYPE: Readonly<Record<DType | HalfType | "int64" | "uint8", number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};
/** The domain of operators that only onnxruntime has. */
export const VENDOR = "com.microsoft";

/** Constants smaller than this stay float32 among 16-bit weights: they are no weights, and 16 bits save nothing. */
const WEIGHTS_FROM = 64;

interface WriterOptions {
  /** Names that inner values must not have. */
  readonly taken: readonly string[];
  /** What large float32 constants are kept in. */
  readonly half: HalfType | undefined;
  /** Whether operators of onnxruntime's own may be used. */
  readonly vendor: boolean;
}

/** Collects the nodes and initialisers of an ONNX graph. */
export class GraphWriter implements Emitter {
  readonly nodes: object[] = [];
  readonly initializers: object[] = [];
  readonly #shared = new Map<string, string>();
  readonly #taken: ReadonlySet<string>;
  readonly #half: HalfType | undefined;
  readonly vendor?: NonNullable<Emitter["vendor"]>;

  constructor({ taken, half, vendor }: WriterOptions) {
    this.#taken = new Set(taken);
    this.#half = half;
    if (vendor) this.vendor = (type, inputs) => this.#push(type, inputs, { domain: VENDOR });
  }

  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output = 0,
  ): string {
    const attribute = Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value));
    return this.#push(type, inputs, { attribute }, output);
  }

  alias(from: string, to: string): void {
    this.nodes.push({ input: [from], output: [to], name: `Output_${to}`, opType: "Identity" });
  }

  ints(values: readonly number[]): string {
    return this.#share(`i${values.join(",")}`, {
      dataType: DATA_TYPE.int64,
      dims: [values.length],
      rawData: bytes(BigInt64Array.from(values, BigInt)),
    });
  }

  scalar(value: number): string {
    return this.#share(`f${Object.is(value, -0) ? "-0" : value}`, {
      dataType: DATA_TYPE.float32,
      dims: [],
      rawData: bytes(Float32Array.of(value)),
    });
  }

  constant(data: HostArray, shape: Shape, dtype: DType | "uint8"): string {
    const name = this.#free(`c${this.initializers.length}`);
    const half = dtype === "float32" && data.length >= WEIGHTS_FROM ? this.#half : undefined;
    const kept = half === undefined ? data : toHalf(data as Float32Array, half);
    this.initializers.push({ name, dataType: DATA_TYPE[half ?? dtype], dims: shape, rawData: bytes(kept) });
    return half === undefined ? name : this.node("Cast", [name], { to: DATA_TYPE.float32 });
  }

  #push(type: string, input: readonly string[], rest: object, place = 0): string {
    const name = this.#free(`v${this.nodes.length}`);
    const unused = Array.from({ length: place }, (_, i) => this.#free(`${name}_unused${i}`));
    const output = [...unused, name];
    this.nodes.push({ input, output, name: `${type}_${this.nodes.length}`, opType: type, ...rest });
    return name;
  }

  #free(name: string): string {
    return this.#taken.has(name) ? this.#free(`${name}_`) : name;
  }

  #share(key: string, tensor: object): string {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const name = this.#free(`c${this.initializers.length}`);
    this.initializers.push({ name, ...tensor });
    this.#shared.set(key, name);
    return name;
  }
}

function encodeAttribute(name: string, value: Attribute): object {
  if (typeof value === "number") return { name, i: value, type: 2 };
  if (typeof value === "string") return { name, s: Buffer.from(value), type: 3 };
  if ("float" in value) return { name, f: value.float, type: 1 };
  return { name, ints: value, type: 7 };
}

export function bytes(data: HostArray | Uint16Array | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
