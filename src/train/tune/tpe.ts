import type { Rng } from "../../base/rng.ts";
import type { Range, Settings } from "../../base/settings.ts";
import type { Measured, Suggest } from "./search.ts";
import { fromUnit, sampleSettings, toUnit } from "./space.ts";

export interface TpeOptions {
  /** Trials drawn at random before the densities mean anything; 10 unless told. */
  readonly startup?: number;
  /** Share of the trials that count as good; .1 unless told. */
  readonly good?: number;
  /** Draws from the good ones, of which the most promising is tried; 32 unless told. */
  readonly candidates?: number;
}

/**
 * Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl 2011, section 4). With y* the `good` quantile of
 * the values seen, p(x | y) is l(x) where y < y*, and g(x) elsewhere; the expected improvement is
 *
 *   EI(x) = integral of (y* - y) p(y | x) dy up to y*, proportional to (good + (1 - good) g(x) / l(x))^-1,
 *
 * so it is greatest where l(x) / g(x) is: the best of `candidates` draws from l. Densities are products over settings of
 * Parzen mixtures on [0, 1]: one truncated normal a trial, as wide as the larger gap to its neighbours, and the prior.
 *
 * @example const next = tpe()(space, finished, createRng(1).split(finished.length));
 */
export function tpe({ startup = 10, good = 0.1, candidates = 32 }: TpeOptions = {}): Suggest {
  return (space, history, rng) => {
    const known = history.filter(({ value }) => Number.isFinite(value));
    if (known.length < startup) return sampleSettings(space, rng);
    const ranked = [...known].sort((a, b) => a.value - b.value);
    const split = Math.max(2, Math.ceil(good * ranked.length));
    // A trial that failed says that its settings are bad.
    const failed = history.filter(({ value }) => !Number.isFinite(value));
    const [better, worse] = [ranked.slice(0, split), [...ranked.slice(split), ...failed]];
    const entries = Object.entries(space).map(([name, range]) => {
      const pick = suggestOne(range, {
        better: unitsOf(range, name, better),
        worse: unitsOf(range, name, worse),
      });
      return [name, fromUnit(range, pick(rng.split(name), candidates))];
    });
    return Object.fromEntries(entries) as Settings;
  };
}

/** Every setting is tried evenly over its range (Bergstra and Bengio 2012). */
export const randomSearch: Suggest = (space, _history, rng) => sampleSettings(space, rng);

function unitsOf(range: Range, name: string, trials: readonly Measured[]): number[] {
  return trials.flatMap(({ settings }) => {
    const value = settings[name];
    const unit = value === undefined ? -1 : toUnit(range, value);
    return unit < 0 ? [] : [unit];
  });
}

interface Split {
  readonly better: readonly number[];
  readonly worse: readonly number[];
}

/** Settings are independent in l and g, so each is chosen alone. */
function suggestOne(range: Range, { better, worse }: Split): (rng: Rng, candidates: number) => number {
  const density = range.kind === "choice" ? choiceDensity(range.of.length) : parzenDensity;
  const [l, g] = [density(better), density(worse)];
  return (rng, candidates) => {
    const drawn = Array.from({ length: candidates }, () => l.sample(rng));
    const score = (x: number): number => Math.log(l.at(x)) - Math.log(g.at(x));
    return drawn.reduce((best, x) => (score(x) > score(best) ? x : best));
  };
}

interface Density {
  at(x: number): number;
  sample(rng: Rng): number;
}

/** Counts with one added to each. */
function choiceDensity(count: number): (seen: readonly number[]) => Density {
  return (seen) => {
    const weights = Array.from(
      { length: count },
      (_, choice) => 1 + seen.filter((one) => one === choice).length,
    );
    const total = count + seen.length;
    return {
      at: (x) => (weights[x] ?? 0) / total,
      sample: (rng) => {
        let left = rng.next() * total;
        return Math.max(
          0,
          weights.findIndex((weight) => (left -= weight) < 0),
        );
      },
    };
  };
}

interface Bump {
  readonly centre: number;
  readonly width: number;
}

/** Truncated normals of equal weight on [0, 1], one of them the broad prior in the middle. */
export function parzenDensity(seen: readonly number[]): Density {
  const bumps = [...bumpsAt(seen), { centre: 0.5, width: 1 }];
  const masses = bumps.map(({ centre, width }) => normalMass((0 - centre) / width, (1 - centre) / width));
  return {
    at: (x) =>
      bumps.reduce((sum, { centre, width }, i) => {
        const z = (x - centre) / width;
        return sum + Math.exp(-0.5 * z * z) / (Math.sqrt(2 * Math.PI) * width * masses[i]!);
      }, 0) / bumps.length,
    sample: (rng) => sampleTruncated(bumps[rng.int(bumps.length)] as Bump, rng),
  };
}

/** As wide as the larger gap to a neighbour, but neither needle nor plain. */
function bumpsAt(seen: readonly number[]): Bump[] {
  const sorted = [...seen].sort((a, b) => a - b);
  const least = 1 / Math.min(100, sorted.length + 2);
  return sorted.map((centre, at) => {
    const gaps = [centre - (sorted[at - 1] ?? centre), (sorted[at + 1] ?? centre) - centre];
    return { centre, width: Math.min(1, Math.max(least, ...gaps)) };
  });
}

function sampleTruncated({ centre, width }: Bump, rng: Rng): number {
  for (let tries = 0; tries < 100; tries++) {
    const x = centre + width * rng.normal();
    if (x >= 0 && x <= 1) return x;
  }
  return rng.next();
}

function normalMass(from: number, to: number): number {
  return (erf(to / Math.SQRT2) - erf(from / Math.SQRT2)) / 2;
}

/** Abramowitz and Stegun 7.1.26; wrong by less than 1.5e-7. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - poly * Math.exp(-x * x));
}
