import type { ChoiceHead } from "../../meta/bayes/bayes-head.ts";
import type { ItemParts, OneClass } from "../../meta/bayes/one-class-types.ts";
import { membersOf } from "../../meta/members.ts";

/** How much a modality counts, over items of which anything is known. */
export interface Counted {
  /** Share of the items that have it. */
  readonly present: number;
  /** Its mean gate, 0 where it is absent; over all modalities they sum to one. Where parts are added up, all present count alike. */
  readonly gate: number;
  /**
   * Its share of the vectors `v = sum_m v_m`: the sum of `v_m . v` over that of `|v|^2`. Over all modalities they sum to one;
   * below zero it takes away from what the others say.
   */
  readonly share: number;
}

/** Warm items as they are, and all items as if they had no ID; a figure a modality, the mean over members. */
export async function countModalities(
  items: OneClass["items"],
  head: ChoiceHead,
): Promise<Readonly<Record<"warm" | "cold", readonly Counted[]>>> {
  const { warm, items: all } = head.catalogue;
  const count = async (rows: Int32Array, cold: boolean): Promise<Counted[]> => {
    const parts = await Promise.all(membersOf(head).map((prior) => items.parts(prior, rows, cold)));
    return meanCounts(parts.map((one) => countParts(one, items.modalities.length)));
  };
  return { warm: await count(warm, false), cold: await count(Int32Array.from(all.ids.keys()), true) };
}

/** `[members][modalities] -> [modalities]` */
function meanCounts(each: readonly (readonly Counted[])[]): Counted[] {
  return each[0]!.map((_, m) => {
    const mean = (of: keyof Counted): number => each.reduce((sum, one) => sum + one[m]![of], 0) / each.length;
    return { present: mean("present"), gate: mean("gate"), share: mean("share") };
  });
}

/** @param parts the last of each part's numbers is a bias, and left out */
export function countParts({ parts, weights }: ItemParts, modalities: number): Counted[] {
  const width = parts.length / weights.length;
  const totals = Array.from({ length: modalities }, () => ({ present: 0, gate: 0, share: 0 }));
  let [known, length] = [0, 0];
  for (let at = 0; at < weights.length; at += modalities) {
    const own = weights.subarray(at, at + modalities);
    const sum = own.reduce((a, b) => a + b, 0);
    if (sum === 0) continue;
    known++;
    const along = inner(parts.subarray(at * width, (at + modalities) * width), own, width);
    totals.forEach((total, m) => {
      total.present += Number(own[m] !== 0);
      total.gate += own[m]! / sum;
      total.share += along[m]!;
      length += along[m]!;
    });
  }
  return totals.map(({ present, gate, share }) => ({
    present: present / Math.max(1, known),
    gate: gate / Math.max(1, known),
    share: length > 0 ? share / length : 0,
  }));
}

/** `v_m . v` of each part of one item's vector `v`. `[modalities]` */
function inner(parts: Float32Array, weights: Float32Array, width: number): Float64Array {
  const whole = new Float64Array(width - 1);
  const at = (m: number, j: number): number => weights[m]! * parts[m * width + j]!;
  weights.forEach((_, m) => whole.forEach((_x, j) => void (whole[j]! += at(m, j))));
  return Float64Array.from(weights, (_, m) => whole.reduce((sum, x, j) => sum + x * at(m, j), 0));
}
