import type { Tree } from "../tensor/tree.ts";
import { type Arrays, zip } from "./arrays.ts";

/** Optimiser state: a tree of typed arrays and numbers, so `flatten` of it is a checkpoint. */
export type State = Tree<Float32Array | number>;

/**
 * A gradient transformation. Pure: neither argument is changed, and `update` of equal arguments gives equal results,
 * so training can be resumed from a stored state.
 */
export interface Transform<S extends State = State> {
  init(params: Arrays): S;
  /** `[updates, next state]`; the updates are what {@link applyUpdates} adds to the parameters. */
  update(grads: Arrays, state: S, params: Arrays): [updates: Arrays, state: S];
}

/** Nothing to remember. */
export type Stateless = { readonly [key: string]: never };

/**
 * A transformation without state.
 *
 * @example const halved = stateless((grads) => mapTree(grads, (g: Float32Array) => g.map((x) => x / 2)));
 */
export function stateless(update: (grads: Arrays, params: Arrays) => Arrays): Transform<Stateless> {
  return { init: () => ({}), update: (grads, state, params) => [update(grads, params), state] };
}

/**
 * Applies transformations in the order given; each sees the updates of the one before. The state has one branch a
 * transformation, named by its position.
 *
 * @example chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 }))
 */
export function chain(...transforms: readonly Transform[]): Transform {
  return {
    init: (params) => Object.fromEntries(transforms.map((t, i) => [String(i), t.init(params)])),
    update(grads, state, params) {
      let updates = grads;
      const next: Record<string, State> = {};
      transforms.forEach((transform, i) => {
        [updates, next[i]] = transform.update(updates, state[i] as State, params);
      });
      return [updates, next];
    },
  };
}

/**
 * `params + updates`, as a new tree.
 *
 * @throws SHAPE naming the leaf that has no update, or one of another size
 * @example params = applyUpdates(params, updates);
 */
export function applyUpdates<P extends Arrays>(params: P, updates: Arrays): P {
  return zip(params, updates, (p, u) => {
    const out = Float32Array.from(p);
    for (let i = 0; i < out.length; i++) out[i]! += u[i]!;
    return out;
  }) as P;
}
