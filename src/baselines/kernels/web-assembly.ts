/** Memory that threads share. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

/** The part of WebAssembly's JavaScript interface that is used here; Node's types leave it to the browser's. */
interface WebAssemblyInterface {
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => SharedMemory;
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: SharedMemory } },
  ) => { readonly exports: unknown };
}

const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface })
  .WebAssembly;

/** Pages of 64 KiB that hold so many bytes; one at least. */
export function pagesOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 65_536));
}

/** Zeros. */
export function sharedMemory(pages: number): SharedMemory {
  return new Memory({ initial: pages, maximum: pages, shared: true });
}

/** The functions of a module over a memory. */
export function instantiate(code: Uint8Array<ArrayBuffer>, memory: SharedMemory): unknown {
  return new Instance(new Module(code), { env: { memory } }).exports;
}
