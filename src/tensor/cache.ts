import type { Backend, Executable } from "./backend.ts";
import { graphKey } from "./graph-key.ts";
import type { Program } from "./program.ts";

/** How a cache makes programs and how many it keeps. */
export interface ProgramCacheOptions<S, I, O> {
  /** Traces and compiles the program of a bucket. */
  build(bucket: S): Promise<Program<I, O>>;
  /** Rounds a shape up to the one it is padded to; without it every shape is a bucket of its own. */
  bucket?(shape: S): S;
  /** Most programs that are kept; the one not used for longest goes first. 16 unless given. */
  readonly capacity?: number;
}

/** A program of the cache. It never goes stale: when its session was dropped, its next run compiles again. */
export interface CachedProgram<S, I, O> extends Pick<Program<I, O>, "run"> {
  /** What to pad to. */
  readonly bucket: S;
}

/** Compiled programs by shape bucket. */
export interface ProgramCache<S, I, O> {
  /** Compiles once per bucket, however many ask at the same time. A failure is not remembered. */
  get(shape: S): Promise<CachedProgram<S, I, O>>;
  /** Programs there are. */
  readonly size: number;
  /** Frees all of them after their runs; the cache is empty afterwards and may be used again. */
  release(): Promise<void>;
}

/**
 * Programs by shape: static shapes are padded into few buckets, each compiled when it is first needed.
 *
 * @param options `S` is any JSON value, such as `32` or `{ shots: 8, items: 512 }`
 * @example
 * const programs = programCache({ bucket: (n: number) => bucketOf(n, 8), build: (n) => adaptProgram(config, n) });
 * const { run, bucket } = await programs.get(5); // bucket 8
 * const fitted = await run(padTo(bucket));
 */
export function programCache<S, I, O>(options: ProgramCacheOptions<S, I, O>): ProgramCache<S, I, O> {
  const { build, bucket: round = (shape: S) => shape, capacity = 16 } = options;
  // A Map iterates in order of insertion: a program that is used moves to the end.
  const programs = new Map<string, Promise<Program<I, O>>>();

  function programOf(bucket: S): Promise<Program<I, O>> {
    const key = JSON.stringify(bucket);
    const program = programs.get(key) ?? build(bucket);
    programs.delete(key);
    programs.set(key, program);
    program.catch(() => programs.get(key) === program && programs.delete(key));
    for (const [oldest, dropped] of programs) {
      if (programs.size <= Math.max(1, capacity)) break;
      programs.delete(oldest);
      void free(dropped);
    }
    return program;
  }

  return {
    async get(shape) {
      const bucket = round(shape);
      await programOf(bucket);
      return { bucket, run: async (feeds, options) => (await programOf(bucket)).run(feeds, options) };
    },
    get size() {
      return programs.size;
    },
    async release() {
      const all = [...programs.values()];
      programs.clear();
      await Promise.all(all.map(free));
    },
  };
}

/** Runs under way come first; a program that never came about has nothing to release. */
async function free<I, O>(program: Promise<Program<I, O>>): Promise<void> {
  await program.then(
    (compiled) => compiled.release(),
    () => undefined,
  );
}

/**
 * A backend that gives equal graphs (see {@link graphKey}) one session: two traces of the same function, with the same
 * constants, share its memory and are compiled once. It is freed when all of its programs were released.
 *
 * @example
 * const backend = shareSessions(onnxBackend("cpu"));
 * const [a, b] = [await compile(inputs, outputs(), { backend }), await compile(inputs, outputs(), { backend })];
 */
export function shareSessions(backend: Backend): Backend {
  const known = new Map<string, { readonly executable: Promise<Executable>; users: number }>();
  return {
    name: backend.name,
    async load(graph, options) {
      const key = `${graphKey(graph)} ${JSON.stringify(options, optionsOnly)}`;
      const session = known.get(key) ?? { executable: backend.load(graph, options), users: 0 };
      known.set(key, session);
      session.users++;
      const leave = (): boolean => --session.users === 0 && known.delete(key);
      const executable = await session.executable.catch((error: unknown) => {
        leave();
        throw error;
      });
      return {
        run: (feeds, into) => executable.run(feeds, into),
        release: async () => void (leave() && (await executable.release())),
      };
    },
  };
}

/** `options` of `compile` may hold this backend itself, which says nothing about the session. */
function optionsOnly(key: string, value: unknown): unknown {
  return key === "backend" ? undefined : value;
}
