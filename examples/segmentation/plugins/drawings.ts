import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import sharp from 'sharp';
import { z } from 'zod';

/** Side of a drawing in pixels. */
export const SIDE = 32;
// Drawings stand in a sheet, with a border of one pixel around each.
const PITCH = SIDE + 2;

const Row = z.object({ short_name: z.string(), sheet_x: z.int(), sheet_y: z.int() });
type Row = z.output<typeof Row>;

/** A drawing [32, 32, 4] uint8: red, green, blue and how far it covers what lies behind, not premultiplied. */
export type Drawing = Uint8Array;

const require = createRequire(import.meta.url);

/** The same emoji by two hands. */
const SHEETS = [
  require.resolve('emoji-datasource-google/img/google/sheets-clean/32.png'),
  require.resolve('emoji-datasource-twitter/img/twitter/sheets-clean/32.png'),
];

const cutOut = (sheet: Uint8Array, width: number, { sheet_x, sheet_y }: Row): Drawing => {
  const drawing = new Uint8Array(SIDE * SIDE * 4);
  for (let line = 0; line < SIDE; line++) {
    const from = ((sheet_y * PITCH + 1 + line) * width + sheet_x * PITCH + 1) * 4;
    drawing.set(sheet.subarray(from, from + SIDE * 4), line * SIDE * 4);
  }
  return drawing;
};

const inSheet = async (rows: readonly Row[], sheet: string): Promise<Drawing[]> => {
  const { data, info } = await sharp(sheet).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return rows.map((row) => cutOut(data, info.width, row));
};

/** The drawings of emoji in two styles, by short name. */
export const readDrawings = async (names: readonly string[]): Promise<ReadonlyMap<string, Drawing[]>> => {
  const table = await readFile(require.resolve('emoji-datasource-google/emoji.json'), 'utf8');
  const all = new Map(
    z
      .array(Row)
      .parse(JSON.parse(table))
      .map((row) => [row.short_name, row]),
  );
  const rows = names.map((name) => Row.parse(all.get(name)));
  const styles = await Promise.all(SHEETS.map((sheet) => inSheet(rows, sheet)));
  return new Map(names.map((name, i) => [name, styles.map((drawings) => drawings[i]!)]));
};
