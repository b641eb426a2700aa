import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { loadSharp } from '@understory/datasets';
import { z } from 'zod';

export const EMOJI_STYLES = ['google', 'twitter'] as const;
export type EmojiStyle = (typeof EMOJI_STYLES)[number];

/** In the order of Unicode's own chart. `Component` (five skin tones on their own) is no class. */
export const EMOJI_CLASSES = [
  'Smileys & Emotion',
  'People & Body',
  'Animals & Nature',
  'Food & Drink',
  'Travel & Places',
  'Activities',
  'Objects',
  'Symbols',
  'Flags',
] as const;

/** Side of a drawing, and distance of two in the sheet (each has a border of one pixel), in pixels. */
export const EMOJI_SIDE = 32;
const PITCH = 34;

const Row = z.object({
  unified: z.string(),
  short_name: z.string(),
  category: z.string(),
  sheet_x: z.int().min(0).max(200),
  sheet_y: z.int().min(0).max(200),
  has_img_google: z.boolean(),
  has_img_twitter: z.boolean(),
});

export interface Emoji {
  /** Code points in hexadecimal, joined by `-`. */
  readonly code: string;
  /** The character and its short name: `🦔 hedgehog`. */
  readonly name: string;
  /** Index into `EMOJI_CLASSES`. */
  readonly label: number;
  /** Column and row in the sheet. */
  readonly at: readonly [number, number];
}

const require = createRequire(import.meta.url);

export interface EmojiTable {
  /** The 1,906 base emoji that all styles draw, in the order of the package's table. */
  readonly emoji: readonly Emoji[];
  /** Names of those that a style does not draw, and of those that are of no class. */
  readonly undrawn: readonly string[];
  readonly unclassed: readonly string[];
}

const emojiOf = (row: z.output<typeof Row>): Emoji => ({
  code: row.unified,
  name: `${String.fromCodePoint(...row.unified.split('-').map((c) => parseInt(c, 16)))} ${row.short_name}`,
  label: EMOJI_CLASSES.findIndex((name) => name === row.category),
  at: [row.sheet_x, row.sheet_y],
});

export const emojiTable = async (): Promise<EmojiTable> => {
  const text = await readFile(require.resolve('emoji-datasource-google/emoji.json'), 'utf8');
  const rows = z.array(Row).parse(JSON.parse(text));
  const isDrawn = (row: z.output<typeof Row>): boolean => row.has_img_google && row.has_img_twitter;
  const drawn = rows.filter(isDrawn).map(emojiOf);
  return {
    emoji: drawn.filter(({ label }) => label >= 0),
    undrawn: rows.filter((row) => !isDrawn(row)).map((row) => emojiOf(row).name),
    unclassed: drawn.filter(({ label }) => label < 0).map(({ name }) => name),
  };
};

export type Rgb = readonly [number, number, number];

/** Draws emoji of one style on a background → [N, 32, 32, 3] uint8. */
export const emojiPixels = async (
  emoji: readonly Emoji[],
  style: EmojiStyle,
  background: Rgb,
): Promise<Uint8Array> => {
  const sharp = await loadSharp();
  const [r, g, b] = background;
  const sheet = require.resolve(`emoji-datasource-${style}/img/${style}/sheets-clean/32.png`);
  const { data, info } = await sharp(sheet)
    .flatten({ background: { r, g, b } })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const row = EMOJI_SIDE * 3;
  const out = new Uint8Array(emoji.length * EMOJI_SIDE * row);
  emoji.forEach(({ at: [x, y] }, i) => {
    for (let line = 0; line < EMOJI_SIDE; line++) {
      const from = ((y * PITCH + 1 + line) * info.width + x * PITCH + 1) * 3;
      out.set(data.subarray(from, from + row), (i * EMOJI_SIDE + line) * row);
    }
  });
  return out;
};
