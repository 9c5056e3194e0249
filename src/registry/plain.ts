import { check, ForetasteError } from "../base/errors.ts";
import type { StoredTensor, Tensors } from "../tensor/safetensors/safetensors.ts";

/** Plain data in two parts: its typed arrays, and everything else as JSON. */
export interface Packed {
  readonly json: string;
  readonly tensors: Tensors;
}

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/**
 * Packs objects, lists, strings, numbers, booleans, `undefined`, `null` and typed arrays, however nested; whatever occurs
 * more than once is stored once. Names in `tensors` are paths.
 *
 * @throws INTERNAL for anything else, such as a function or a Map
 * @example const { json, tensors } = packPlain({ weights: new Float32Array(3), origin: NaN });
 */
export function packPlain(value: unknown): Packed {
  const tensors: Record<string, StoredTensor> = {};
  const paths = new Map<object, string>();
  const pack = (one: unknown, path: string): unknown => {
    if (typeof one !== "object" || one === null) return packScalar(one, path);
    const same = paths.get(one);
    if (same !== undefined) return { $same: same };
    paths.set(one, path);
    if (ArrayBuffer.isView(one)) {
      tensors[path] = toTensor(one, path);
      return { $tensor: path };
    }
    if (Array.isArray(one)) return one.map((item, i) => pack(item, `${path}.${i}`));
    return packObject(one, path, pack);
  };
  return { json: JSON.stringify(pack(value, "root")), tensors };
}

function packScalar(one: unknown, path: string): unknown {
  if (one === undefined) return { $undefined: true };
  if (typeof one === "number" && !Number.isFinite(one)) return { $number: String(one) };
  if (typeof one === "function" || typeof one === "symbol" || typeof one === "bigint")
    throw notPlain(path, typeof one);
  return one;
}

function packObject(one: object, path: string, pack: (one: unknown, path: string) => unknown): unknown {
  const prototype: unknown = Object.getPrototypeOf(one);
  if (prototype !== null && prototype !== Object.prototype) throw notPlain(path, one.constructor.name);
  const entries = Object.entries(one);
  const packed = Object.fromEntries(entries.map(([key, inner]) => [key, pack(inner, `${path}.${key}`)]));
  return entries.some(([key]) => key.startsWith("$")) ? { $object: packed } : packed;
}

function toTensor(view: ArrayBufferView, path: string): StoredTensor {
  const shape = [(view as Numbers).length];
  if (view instanceof Float32Array) return { dtype: "F32", shape, data: view };
  if (view instanceof Float64Array) return { dtype: "F64", shape, data: view };
  if (view instanceof Int32Array) return { dtype: "I32", shape, data: view };
  if (view instanceof Uint8Array) return { dtype: "U8", shape, data: view };
  throw notPlain(path, view.constructor.name);
}

function notPlain(where: string, got: string): ForetasteError {
  return new ForetasteError("INTERNAL", { where, expected: "plain data", got });
}

/**
 * The reverse of {@link packPlain}.
 *
 * @throws ARTEFACT when the JSON is none, or names a tensor that is not there
 */
export function unpackPlain({ json, tensors }: Packed, where: string): unknown {
  const known = new Map<string, unknown>();
  const unpack = (one: unknown, path: string): unknown => {
    if (typeof one !== "object" || one === null) return one;
    const special = Array.isArray(one) ? undefined : unpackSpecial(one, { known, tensors, where });
    if (special !== undefined) {
      known.set(path, special.value);
      return special.value;
    }
    const inner = (one as Special).$object ?? one;
    const value = Array.isArray(inner)
      ? inner.map((item, i) => unpack(item, `${path}.${i}`))
      : Object.fromEntries(Object.entries(inner).map(([key, x]) => [key, unpack(x, `${path}.${key}`)]));
    known.set(path, value);
    return value;
  };
  return unpack(parse(json, where), "root");
}

interface Special {
  readonly $tensor?: string;
  readonly $same?: string;
  readonly $number?: string;
  readonly $undefined?: true;
  readonly $object?: object;
}

interface Unpacking {
  readonly known: ReadonlyMap<string, unknown>;
  readonly tensors: Tensors;
  readonly where: string;
}

function unpackSpecial(
  one: Special,
  { known, tensors, where }: Unpacking,
): { readonly value: unknown } | undefined {
  if (one.$undefined === true) return { value: undefined };
  if (one.$number !== undefined) return { value: Number(one.$number) };
  const name = one.$tensor ?? one.$same;
  if (name === undefined) return undefined;
  const value = one.$tensor === undefined ? known.get(name) : tensors[name]?.data;
  check(value !== undefined, "ARTEFACT", () => ({ where, expected: `"${name}"`, got: "nothing" }));
  return { value };
}

function parse(json: string, where: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new ForetasteError("ARTEFACT", { where, expected: "JSON", got: String(cause), cause });
  }
}
