import { type Code, type ValueType, type WasmFunction, wasm, wasmModule } from "./wasm.ts";
import { instantiate, type SharedMemory } from "./web-assembly.ts";

const { get, set, i32, add, mul, below, load, store, lane, splat, whileDo } = wasm;
const { addVectors, subVectors, mulVectors } = wasm;
const { loadF32, loadI32, addF32, mulF32 } = wasm;

/** Vector operations of one width over a memory; factors aside, arguments are byte addresses of float32s. */
export interface Kernels {
  /** x . y */
  dot(x: number, y: number): number;
  /** out = a x + b y */
  blend(out: number, a: number, x: number, b: number, y: number): void;
  /** x . (y - z) */
  margin(x: number, y: number, z: number): number;
  /** x, y, z = keep x + pull (y - z), keep y + pull x, keep z - pull x; all from the old values. */
  learnPair(x: number, y: number, z: number, keep: number, pull: number): void;
  /** out += sum_k v_k row_k over the `width` rows of a square matrix. */
  combine(out: number, matrix: number, v: number): void;
  /** out += sum_j (c + d (row_j . v)) row_j over the row numbers j at byte addresses `at` to before `end`. */
  accumulate(out: number, v: number, table: number, at: number, end: number, c: number, d: number): void;
  /** matrix += sum_r row_r row_r^T over the rows at byte addresses `at` to before `end`; their number a multiple of 4. */
  addGram(matrix: number, at: number, end: number): void;
}

/** Rows that are worked on at once: what they are added to is then read and written once for all of them. */
const BLOCK = 4;

/**
 * Machine code for vectors of `width` float32s, unrolled, four lanes at a time. Loops in JavaScript reach a tenth of it.
 *
 * @param width a multiple of 4
 */
export function kernelModule(width: number, pages: number): Uint8Array<ArrayBuffer> {
  const makers = [dotOf, blendOf, marginOf, learnPairOf, combineOf, accumulateOf, addGramOf];
  return wasmModule(
    makers.map((make) => make(width)),
    pages,
  );
}

/** Compiles the kernels over a memory made with `shared: true`. */
export function loadKernels(code: Uint8Array<ArrayBuffer>, memory: SharedMemory): Kernels {
  return instantiate(code, memory) as Kernels;
}

/** Byte offsets of a vector's parts of four. */
function parts(width: number): number[] {
  return Array.from({ length: width / 4 }, (_, k) => 16 * k);
}

function range(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

function times(type: ValueType, count: number): ValueType[] {
  return Array.from({ length: count }, () => type);
}

/** The four lanes of a sum of vectors, added up. */
function lanes(local: number): Code {
  const at = (k: number): Code => lane(get(local), k);
  return addF32(addF32(at(0), at(1)), addF32(at(2), at(3)));
}

function sumOf(terms: readonly Code[]): Code {
  return terms.slice(1).reduce((sum, term) => addVectors(sum, term), terms[0] ?? []);
}

/** Locals of a block of rows: their addresses, two sums each, and the part of v at hand. */
interface Block {
  readonly rows: readonly number[];
  readonly sums: readonly (readonly [even: number, odd: number])[];
  readonly part: number;
}

/** Parts with even and odd numbers are summed apart: an addition waits for the one before it. */
function dots({ rows, sums, part }: Block, v: Code, width: number): Code {
  return parts(width).flatMap((offset, k) => [
    ...set(part, load(v, offset)),
    ...rows.flatMap((row, r) => {
      const sum = sums[r]![k % 2]!;
      const product = mulVectors(load(get(row), offset), get(part));
      return set(sum, k < 2 ? product : addVectors(get(sum), product));
    }),
  ]);
}

/** out += sum_r weight_r row_r */
function spread(out: Code, rows: readonly number[], weights: readonly number[], width: number): Code {
  return parts(width).flatMap((offset) => {
    const terms = rows.map((row, r) => mulVectors(load(get(row), offset), get(weights[r]!)));
    return store(out, sumOf([load(out, offset), ...terms]), offset);
  });
}

function dotOf(width: number): WasmFunction {
  const sum = 2;
  const body = parts(width).map((o) => mulVectors(load(get(0), o), load(get(1), o)));
  return {
    name: "dot",
    parameters: ["i32", "i32"],
    result: "f32",
    locals: ["v128"],
    body: [...set(sum, sumOf(body)), ...lanes(sum)],
  };
}

function blendOf(width: number): WasmFunction {
  const [out, a, x, b, y, va, vb] = range(7) as [number, number, number, number, number, number, number];
  const one = (o: number): Code =>
    store(
      get(out),
      addVectors(mulVectors(load(get(x), o), get(va)), mulVectors(load(get(y), o), get(vb))),
      o,
    );
  return {
    name: "blend",
    parameters: ["i32", "f32", "i32", "f32", "i32"],
    locals: ["v128", "v128"],
    body: [...set(va, splat(get(a))), ...set(vb, splat(get(b))), ...parts(width).flatMap(one)],
  };
}

function marginOf(width: number): WasmFunction {
  const [x, y, z, sum] = [0, 1, 2, 3];
  const terms = parts(width).map((o) =>
    mulVectors(load(get(x), o), subVectors(load(get(y), o), load(get(z), o))),
  );
  return {
    name: "margin",
    parameters: ["i32", "i32", "i32"],
    result: "f32",
    locals: ["v128"],
    body: [...set(sum, sumOf(terms)), ...lanes(sum)],
  };
}

function learnPairOf(width: number): WasmFunction {
  const [x, y, z, keep, pull] = [0, 1, 2, 3, 4];
  const [vx, vy, vz, vKeep, vPull] = [5, 6, 7, 8, 9];
  const kept = (vector: number): Code => mulVectors(get(vector), get(vKeep));
  const one = (o: number): Code => [
    ...[x, y, z].flatMap((row, r) => set(vx + r, load(get(row), o))),
    ...store(get(x), addVectors(kept(vx), mulVectors(get(vPull), subVectors(get(vy), get(vz)))), o),
    ...store(get(y), addVectors(kept(vy), mulVectors(get(vPull), get(vx))), o),
    ...store(get(z), subVectors(kept(vz), mulVectors(get(vPull), get(vx))), o),
  ];
  return {
    name: "learnPair",
    parameters: ["i32", "i32", "i32", "f32", "f32"],
    locals: times("v128", 5),
    body: [...set(vKeep, splat(get(keep))), ...set(vPull, splat(get(pull))), ...parts(width).flatMap(one)],
  };
}

function combineOf(width: number): WasmFunction {
  const [out, matrix, v, end] = [0, 1, 2, 3];
  const [rows, weights] = [range(BLOCK, 4), range(BLOCK, 4 + BLOCK)];
  const bytes = 4 * width;
  return {
    name: "combine",
    parameters: ["i32", "i32", "i32"],
    locals: ["i32", ...times("i32", BLOCK), ...times("v128", BLOCK)],
    body: [
      ...set(end, add(get(v), i32(bytes))),
      ...whileDo(
        below(get(v), get(end)),
        ...rows.map((row, r) => set(row, add(get(matrix), i32(r * bytes)))),
        ...weights.map((weight, r) => set(weight, splat(loadF32(get(v), 4 * r)))),
        spread(get(out), rows, weights, width),
        set(v, add(get(v), i32(4 * BLOCK))),
        set(matrix, add(get(matrix), i32(BLOCK * bytes))),
      ),
    ],
  };
}

function accumulateOf(width: number): WasmFunction {
  const [out, v, table, at, end, c, d] = range(7) as [number, number, number, number, number, number, number];
  const all = range(BLOCK).map((r) => ({ row: 7 + r, even: 7 + BLOCK + r, odd: 7 + 2 * BLOCK + r }));
  const some = (count: number): Code[] => {
    const taken = all.slice(0, count);
    const [rows, weights] = [taken.map(({ row }) => row), taken.map(({ even }) => even)];
    const sums = taken.map(({ even, odd }) => [even, odd] as const);
    return [
      ...rows.map((row, r) => set(row, add(get(table), mul(loadI32(get(at), 4 * r), i32(4 * width))))),
      dots({ rows, sums, part: 7 + 3 * BLOCK }, get(v), width),
      ...taken.map(({ even, odd }) => [
        ...set(even, width > 4 ? addVectors(get(even), get(odd)) : get(even)),
        ...set(even, splat(addF32(get(c), mulF32(get(d), lanes(even))))),
      ]),
      spread(get(out), rows, weights, width),
      set(at, add(get(at), i32(4 * count))),
    ];
  };
  return {
    name: "accumulate",
    parameters: ["i32", "i32", "i32", "i32", "i32", "f32", "f32"],
    locals: [...times("i32", BLOCK), ...times("v128", 2 * BLOCK + 1)],
    body: [
      ...whileDo(below(add(get(at), i32(4 * BLOCK - 1)), get(end)), ...some(BLOCK)),
      ...whileDo(below(get(at), get(end)), ...some(1)),
    ],
  };
}

function addGramOf(width: number): WasmFunction {
  const [matrix, at, end, out, k] = range(5) as [number, number, number, number, number];
  const rows = range(BLOCK, 5);
  const weights = range(BLOCK, 5 + BLOCK);
  const bytes = 4 * width;
  return {
    name: "addGram",
    parameters: ["i32", "i32", "i32"],
    locals: ["i32", "i32", ...times("i32", BLOCK), ...times("v128", BLOCK)],
    body: whileDo(
      below(get(at), get(end)),
      ...rows.map((row, r) => set(row, add(get(at), i32(r * bytes)))),
      set(out, get(matrix)),
      set(k, i32(0)),
      whileDo(
        below(get(k), i32(bytes)),
        ...weights.map((weight, r) => set(weight, splat(loadF32(add(get(rows[r]!), get(k)))))),
        spread(get(out), rows, weights, width),
        set(out, add(get(out), i32(bytes))),
        set(k, add(get(k), i32(4))),
      ),
      set(at, add(get(at), i32(BLOCK * bytes))),
    ),
  };
}
