import { type Kernels, kernelModule, loadKernels } from "./kernels.ts";
import { pagesOf, sharedMemory } from "./web-assembly.ts";

/** Rows of one table in a workspace. */
export interface Area {
  /** Byte address of the first number. */
  readonly address: number;
  /** `[rows, width]` */
  readonly values: Float32Array;
}

/** Tables of vectors of one width, and the kernels that work on them. */
export interface Workspace<Name extends string> {
  /** Numbers a row, a multiple of four. */
  readonly width: number;
  /** Bytes a row. */
  readonly stride: number;
  readonly kernels: Kernels;
  readonly areas: Readonly<Record<Name, Area>>;
}

/**
 * Tables of zeros.
 *
 * @param size numbers a row at least; the width is the next multiple of four
 * @param rows of each table
 * @example const { kernels, areas } = createWorkspace(64, { users: 6040, items: 3706 });
 */
export function createWorkspace<Name extends string>(
  size: number,
  rows: Readonly<Record<Name, number>>,
): Workspace<Name> {
  const width = widthOf(size);
  const names = Object.keys(rows) as Name[];
  const pages = pagesOf(4 * width * names.reduce((sum, name) => sum + rows[name], 0));
  const memory = sharedMemory(pages);
  let address = 0;
  const areas = {} as Record<Name, Area>;
  for (const name of names) {
    areas[name] = { address, values: new Float32Array(memory.buffer, address, rows[name] * width) };
    address += 4 * width * rows[name];
  }
  return { width, stride: 4 * width, kernels: loadKernels(kernelModule(width, pages), memory), areas };
}

/** The next multiple of four. */
export function widthOf(size: number): number {
  return 4 * Math.ceil(size / 4);
}
