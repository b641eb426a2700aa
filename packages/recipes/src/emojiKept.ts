import { emojiMethods } from './emoji.ts';

/** What fresh seeds of the main job reached, so that one run is not all that a newcomer sees. */
export interface EmojiKept {
  /** The methods' names, in the order of `emojiMethods`. */
  readonly labels: readonly string[];
  readonly seeds: readonly number[];
  /** What trained them: another processor adds up in another order. */
  readonly machine: string;
  /** Top-1 of the 764 test images after the last epoch, %, by method and by seed. */
  readonly accuracy: readonly (readonly number[])[];
}

/** `results/pocket/emoji-tuned`; a test holds the two together. */
export const emojiKept: EmojiKept = {
  labels: emojiMethods.map(({ label }) => label),
  seeds: [3, 4, 5, 6, 7],
  machine: 'two cores of a Zen 4 EPYC',
  accuracy: [
    [63.22, 65.97, 64.79, 62.04, 64.27],
    [61.13, 65.05, 63.74, 63.09, 61.91],
    [66.49, 68.06, 65.71, 65.71, 66.23],
  ],
};
