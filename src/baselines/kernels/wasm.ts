/** Machine code of one function body, instruction by instruction. */
export type Code = readonly number[];

/** A value type of WebAssembly. */
export type ValueType = "i32" | "f32" | "v128";

/** A function of a module; parameters are its first locals. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly result?: ValueType;
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

const TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };
const END = 0x0b;
/** "\\0asm" and the version. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const VECTOR = 0xfd;

/** Instructions (WebAssembly core specification 2.0, section 5.4). Operands come first, as on its stack. */
export const wasm = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number, ...value: Code[]): Code => [...value.flat(), 0x21, ...unsigned(local)],
  i32: (value: number): Code => [0x41, ...signed(value)],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  mul: (a: Code, b: Code): Code => [...a, ...b, 0x6c],
  /** Unsigned a < b, as addresses above 2 GiB need it. */
  below: (a: Code, b: Code): Code => [...a, ...b, 0x49],
  loadI32: (address: Code, offset: number = 0): Code => [...address, 0x28, 2, ...unsigned(offset)],
  loadF32: (address: Code, offset: number = 0): Code => [...address, 0x2a, 2, ...unsigned(offset)],
  addF32: (a: Code, b: Code): Code => [...a, ...b, 0x92],
  mulF32: (a: Code, b: Code): Code => [...a, ...b, 0x94],
  load: (address: Code, offset: number = 0): Code => [...address, VECTOR, 0, 2, ...unsigned(offset)],
  store: (address: Code, value: Code, offset: number = 0): Code => [
    ...address,
    ...value,
    VECTOR,
    0x0b,
    2,
    ...unsigned(offset),
  ],
  splat: (value: Code): Code => [...value, VECTOR, 0x13],
  lane: (vector: Code, lane: number): Code => [...vector, VECTOR, 0x1f, lane],
  addVectors: (a: Code, b: Code): Code => [...a, ...b, VECTOR, ...unsigned(0xe4)],
  subVectors: (a: Code, b: Code): Code => [...a, ...b, VECTOR, ...unsigned(0xe5)],
  mulVectors: (a: Code, b: Code): Code => [...a, ...b, VECTOR, ...unsigned(0xe6)],
  /** Repeats while the condition holds; it is asked before each round. */
  whileDo: (condition: Code, ...body: Code[]): Code => {
    const [block, loop, leaveUnless, again] = [
      [0x02, 0x40],
      [0x03, 0x40],
      [0x45, 0x0d, 1],
      [0x0c, 0],
    ];
    return [block, loop, condition, leaveUnless, ...body, again, [END, END]].flat();
  },
} as const;

/**
 * A module of functions over one imported memory, `env.memory`, that threads share.
 *
 * @param pages largest size of the memory that may be imported, 64 KiB each
 * @example new WebAssembly.Module(wasmModule([square], 1))
 */
export function wasmModule(functions: readonly WasmFunction[], pages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, result }) => [
    0x60,
    ...vector(parameters.map((type) => [TYPES[type]])),
    ...vector(result === undefined ? [] : [[TYPES[result]]]),
  ]);
  const memory = [...text("env"), ...text("memory"), 0x02, 0x03, ...unsigned(0), ...unsigned(pages)];
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, vector(types)),
    ...section(2, vector([memory])),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(7, vector(functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]))),
    ...section(10, vector(functions.map(sized))),
  ]);
}

function sized({ locals, body }: WasmFunction): number[] {
  const code = [...vector(locals.map((type) => [1, TYPES[type]])), ...body, END];
  return [...unsigned(code.length), ...code];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(parts: readonly (readonly number[])[]): number[] {
  return [...unsigned(parts.length), ...parts.flat()];
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128 of a whole number below 2^32. */
function unsigned(value: number): number[] {
  const rest = Math.floor(value / 128);
  return rest === 0 ? [value] : [(value % 128) + 128, ...unsigned(rest)];
}

/** Signed LEB128 of an int32. */
function signed(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return done ? [low] : [low | 0x80, ...signed(rest)];
}
