import {
  DATASET,
  plugin,
  type DatasetFactory,
  type LeftOut,
  type Samples,
  type Seed,
} from '@understory/core';
import {
  heldByHash,
  holdOut,
  limited,
  LimitOption,
  NORMALIZATIONS,
  rawSamples,
  subset,
  takenOrigin,
  ValidationOption,
} from '@understory/datasets';
import { z } from 'zod';
import {
  EMOJI_CLASSES,
  EMOJI_SIDE,
  EMOJI_STYLES,
  emojiPixels,
  emojiTable,
  type Emoji,
  type EmojiTable,
} from './emojiTable.ts';

const level = z.int().min(0).max(255);

export const EmojiOptions = z.strictObject({
  styles: z
    .array(z.enum(EMOJI_STYLES))
    .min(1)
    .default([...EMOJI_STYLES])
    .describe('drawing styles'),
  background: z
    .tuple([level, level, level])
    .default([255, 255, 255])
    .describe('colour behind the transparent parts, red, green and blue in 0…255'),
  validation: ValidationOption,
  limit: LimitOption,
});
export type EmojiOptions = z.input<typeof EmojiOptions>;

/** Share of each class that is tested on. */
const TEST_SHARE = 0.2;
const TEST_ORIGIN = 'a fifth of each class, by hash';

/** Which emoji each split draws; all drawings of an emoji are in one split. */
const splitEmoji = (
  emoji: readonly Emoji[],
  share: number,
  seed: Seed,
): Record<'train' | 'validation' | 'test', number[]> => {
  const held = heldByHash(
    emoji.map(({ code }) => code),
    emoji.map(({ label }) => label),
    TEST_SHARE,
  );
  const rest = emoji.flatMap((_, i) => (held.has(i) ? [] : [i]));
  const inner = holdOut(
    rest.map((i) => emoji[i]!.label),
    share,
    seed.at('validation').rng(),
  );
  const origins = (positions: Int32Array): number[] => Array.from(positions, (p) => rest[p]!);
  return {
    train: origins(inner.kept),
    validation: origins(inner.held),
    test: [...held].sort((a, b) => a - b),
  };
};

/** Every drawing: all emoji of the first style, then of the next. */
const drawings = async (
  emoji: readonly Emoji[],
  options: z.output<typeof EmojiOptions>,
): Promise<Samples> => {
  const { styles, background } = options;
  const sheets = await Promise.all(styles.map((style) => emojiPixels(emoji, style, background)));
  return rawSamples({
    pixels: new Uint8Array(Buffer.concat(sheets)),
    size: [EMOJI_SIDE, EMOJI_SIDE],
    labels: Int32Array.from(styles.flatMap(() => emoji.map(({ label }) => label))),
    describe: (position) =>
      `${emoji[position % emoji.length]!.name} (${styles[Math.floor(position / emoji.length)]!})`,
  });
};

const named = (reason: string, names: readonly string[]): LeftOut[] =>
  names.length === 0 ? [] : [{ reason, count: names.length, examples: names.slice(0, 3) }];

const leftOutOf = (
  { emoji, undrawn, unclassed }: EmojiTable,
  { styles }: z.output<typeof EmojiOptions>,
): LeftOut[] => [
  ...named('not drawn in every style', undrawn),
  ...named('of no class', unclassed),
  ...EMOJI_STYLES.filter((style) => !styles.includes(style)).map((style) => ({
    reason: `of the style ${style}`,
    count: emoji.length,
    examples: [],
  })),
];

const CREDITS =
  'Drawings of emoji: Noto Emoji of Google (Apache License 2.0) and Twemoji of Twitter and other contributors (CC BY 4.0), ' +
  'from the packages emoji-datasource-google and emoji-datasource-twitter.';

/**
 * 1,906 emoji, each in up to two drawing styles, 32 x 32 pixels, in the 9 classes of Unicode's chart. The test split is
 * the same for all seeds and holds emoji of which the network saw no drawing.
 */
export const emoji = (options: EmojiOptions = {}): DatasetFactory => {
  const parsed = EmojiOptions.parse(options);
  return async ({ seed }) => {
    const table = await emojiTable();
    const all = await drawings(table.emoji, parsed);
    const chosen = splitEmoji(table.emoji, parsed.validation, seed);
    const ofEveryStyle = (members: number[]): Samples =>
      subset(
        all,
        parsed.styles.flatMap((_, style) => members.map((i) => style * table.emoji.length + i)),
      );
    const splits = {
      train: ofEveryStyle(chosen.train),
      validation: ofEveryStyle(chosen.validation),
      test: ofEveryStyle(chosen.test),
    };
    const { leftOut, ...kept } = limited(splits, parsed.limit, {
      seed,
      classes: EMOJI_CLASSES,
      name: 'emoji',
    });
    return {
      name: 'emoji',
      classes: EMOJI_CLASSES,
      credit: CREDITS,
      normalization: NORMALIZATIONS.emoji,
      leftOut: [...leftOutOf(table, parsed), ...leftOut],
      origins: {
        validation: takenOrigin(parsed.validation, splits.validation.length, 'validation'),
        test: TEST_ORIGIN,
      },
      ...kept,
    };
  };
};

export const emojiPlugin = plugin({
  token: DATASET,
  name: 'emoji',
  summary: '1,906 emoji in two drawing styles, 32 pixels, 9 categories; comes with npm',
  when: 'A first look without a download: small, quick, and harder than it looks.',
  source: 'the emoji-datasource packages of npm: drawings of Google (Noto) and of Twitter (Twemoji)',
  options: EmojiOptions,
  create: emoji,
});
