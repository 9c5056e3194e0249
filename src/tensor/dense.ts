import { ForetasteError } from "../base/errors.ts";
import { add, neg, sub } from "./ops/elementwise.ts";
import { input } from "./ops/leaf.ts";
import { inverseSpd } from "./ops/linalg.ts";
import { matmul } from "./ops/matmul.ts";
import { compile } from "./program.ts";

/** Blocks up to this size are inverted by one program. */
const BLOCK = 96;

/**
 * Inverse of one large symmetric positive definite matrix: the recursion of `inverseSpd`, driven from the host so that
 * each level is one program of large matrix products. About `4/3 n^3` operations, float32.
 *
 * @param a `[n, n]` row-major
 * @returns `[n, n]`
 * @throws NUMERIC when the result is not finite, as for a matrix that is not positive definite
 * @example const inverse = await invertLarge(Float32Array.of(2, 0, 0, 4), 2); // [0.5, 0, 0, 0.25]
 */
export async function invertLarge(
  a: Float32Array,
  n: number,
  options: { readonly threads?: number } = {},
): Promise<Float32Array> {
  const levels = Math.max(0, Math.ceil(Math.log2(n / BLOCK)));
  const size = Math.ceil(n / 2 ** levels) * 2 ** levels;
  const steps = new LevelPrograms(options.threads ?? 1);
  const inverse = await invertBlock(padToIdentity(a, n, size), size, { base: size / 2 ** levels, steps });
  await steps.release();
  const out = cut(inverse, size, { row: 0, column: 0, rows: n, columns: n });
  if (!out.every(Number.isFinite)) {
    const parts = {
      where: `inverse of a ${n} x ${n} matrix`,
      expected: "a positive definite matrix",
      got: "a result that is not finite",
    };
    throw new ForetasteError("NUMERIC", { ...parts, hint: "A larger regularisation helps." });
  }
  return out;
}

interface Recursion {
  readonly base: number;
  readonly steps: LevelPrograms;
}

/** See `blockInverse` in ops/linalg.ts for the algebra. */
async function invertBlock(a: Float32Array, n: number, recursion: Recursion): Promise<Float32Array> {
  const { base, steps } = recursion;
  if (n <= base) return (await (await steps.base(n)).run({ a })).inverse;
  const h = n / 2;
  const part = (row: number, column: number): Float32Array => cut(a, n, { row, column, rows: h, columns: h });
  const pInverse = await invertBlock(part(0, 0), h, recursion);
  const { w, schur } = await (await steps.down(h)).run({ pInverse, q: part(0, h), r: part(h, h) });
  const sInverse = await invertBlock(schur, h, recursion);
  const { top, right, left } = await (await steps.up(h)).run({ pInverse, w, sInverse });
  const out = new Float32Array(n * n);
  for (let i = 0; i < h; i++) {
    out.set(top.subarray(i * h, (i + 1) * h), i * n);
    out.set(right.subarray(i * h, (i + 1) * h), i * n + h);
    out.set(left.subarray(i * h, (i + 1) * h), (i + h) * n);
    out.set(sInverse.subarray(i * h, (i + 1) * h), (i + h) * n + h);
  }
  return out;
}

async function baseProgram(n: number, threads: number) {
  const a = input("a", [n, n]);
  return compile({ a }, { inverse: inverseSpd(a) }, { threads });
}

async function downProgram(h: number, threads: number) {
  const [pInverse, q, r] = [input("pInverse", [h, h]), input("q", [h, h]), input("r", [h, h])];
  const w = matmul(pInverse, q);
  return compile({ pInverse, q, r }, { w, schur: sub(r, matmul(q, w, { transposeA: true })) }, { threads });
}

async function upProgram(h: number, threads: number) {
  const [pInverse, w, sInverse] = [input("pInverse", [h, h]), input("w", [h, h]), input("sInverse", [h, h])];
  const corner = matmul(w, sInverse);
  const top = add(pInverse, matmul(corner, w, { transposeB: true }));
  const left = neg(matmul(sInverse, w, { transposeB: true }));
  return compile({ pInverse, w, sInverse }, { top, right: neg(corner), left }, { threads });
}

class LevelPrograms {
  readonly #threads: number;
  readonly #known = new Map<string, Promise<{ release(): Promise<void> }>>();

  constructor(threads: number) {
    this.#threads = threads;
  }

  base(n: number): ReturnType<typeof baseProgram> {
    return this.#once(`base${n}`, () => baseProgram(n, this.#threads));
  }

  down(h: number): ReturnType<typeof downProgram> {
    return this.#once(`down${h}`, () => downProgram(h, this.#threads));
  }

  up(h: number): ReturnType<typeof upProgram> {
    return this.#once(`up${h}`, () => upProgram(h, this.#threads));
  }

  async release(): Promise<void> {
    await Promise.all([...this.#known.values()].map(async (program) => (await program).release()));
  }

  #once<T extends { release(): Promise<void> }>(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key) ?? make();
    this.#known.set(key, known);
    return known as Promise<T>;
  }
}

interface Window {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

function cut(a: Float32Array, width: number, { row, column, rows, columns }: Window): Float32Array {
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++)
    out.set(a.subarray((row + i) * width + column, (row + i) * width + column + columns), i * columns);
  return out;
}

function padToIdentity(a: Float32Array, n: number, size: number): Float32Array {
  const out = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    if (i < n) out.set(a.subarray(i * n, (i + 1) * n), i * size);
    else out[i * size + i] = 1;
  }
  return out;
}

/**
 * Product of two large matrices on the host. `[m, k] x [k, n] -> [m, n]`
 *
 * @example await multiplyDense({ data: a, rows: 2, columns: 3 }, { data: b, rows: 3, columns: 4 });
 */
export async function multiplyDense(
  a: DenseMatrix,
  b: DenseMatrix,
  options: { readonly threads?: number } = {},
): Promise<Float32Array> {
  const [left, right] = [input("left", [a.rows, a.columns]), input("right", [b.rows, b.columns])];
  const program = await compile(
    { left, right },
    { product: matmul(left, right) },
    { threads: options.threads ?? 1 },
  );
  const { product } = await program.run({ left: a.data, right: b.data });
  await program.release();
  return product;
}

/** A float32 matrix, row-major. */
export interface DenseMatrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}
