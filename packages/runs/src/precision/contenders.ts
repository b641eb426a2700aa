import { median, type Rounds } from '@understory/core';
import type { Choice, Precision } from '@understory/engine';

/** Most rounds of steps that are measured. */
export const MOST_ROUNDS = 12;
/** Rounds until something is said of them. */
const FEWEST_ROUNDS = 3;
/** Rounds are enough from here on, or once they have taken so many milliseconds. */
const ROUNDS_AT_LEAST = 6;
const LONG_ENOUGH = 15_000;

/** So much slower than the fastest is out of the question: chance does not make up for it in later rounds. */
const BEHIND = 1.1;
/** Another precision than the first must spare this share of its time: less is not worth the digits, nor beyond chance. */
const WORTH = 0.02;

/**
 * How long each takes in shares of the first one's time, by the median of its rounds' own ratios: what disturbs the machine disturbs
 * both steps of a round.
 */
const sharesOf = (measured: Rounds): number[] => {
  const [reference = []] = measured;
  return measured.map((times) => median(times.map((time, round) => time / (reference[round] ?? NaN))));
};

/** Which precisions, by their places, go into another round; the first one is what the others are measured by. */
export const contenders = (measured: Rounds): number[] => {
  const all = [...measured.keys()];
  const rounds = measured[0]?.length ?? 0;
  if (rounds < FEWEST_ROUNDS) return all;
  const shares = sharesOf(measured);
  const still = all.filter((i) => measured[i]?.length === rounds);
  const near = still.filter((i) => i === 0 || (shares[i] ?? NaN) < BEHIND * Math.min(...shares));
  const spent = measured.flat().reduce((sum, time) => sum + time, 0);
  const enough = rounds >= ROUNDS_AT_LEAST && spent >= LONG_ENOUGH;
  return near.length === 1 || enough ? [] : near;
};

/** The fastest precision, and what a step takes in each, in milliseconds. */
export const choose = (precisions: readonly Precision[], measured: Rounds): Choice => {
  const shares = sharesOf(measured);
  const least = Math.min(...shares);
  const own = median(measured[0] ?? []);
  const chosen = least < 1 - WORTH ? precisions[shares.indexOf(least)] : undefined;
  return {
    chosen: chosen ?? 'float32',
    milliseconds: Object.fromEntries(precisions.map((name, i) => [name, own * (shares[i] ?? NaN)])),
  };
};
