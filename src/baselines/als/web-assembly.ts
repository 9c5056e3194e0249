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

/** Zeros, in pages of 64 KiB. */
export function sharedMemory(pages: number): SharedMemory {
  return new Memory({ initial: pages, maximum: pages, shared: true });
}

/** The functions of a module over a memory. */
export function instantiate(code: Uint8Array<ArrayBuffer>, memory: SharedMemory): unknown {
  return new Instance(new Module(code), { env: { memory } }).exports;
}
