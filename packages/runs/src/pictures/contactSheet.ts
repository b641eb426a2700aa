import type { NdArray } from '@understory/core';
import { loadSharp } from '@understory/datasets';
import type { OverlayOptions, Sharp } from 'sharp';
import { drawnBoxes, type DrawnBox } from './drawnBoxes.ts';
import { at, escaped, FONT, shortened, svg } from './svg.ts';

/** A picture of a contact sheet. */
export interface Tile {
  /** uint8 [h, w, 3] */
  readonly picture: NdArray;
  /** In pixels of the picture. */
  readonly boxes: readonly DrawnBox[];
  /** Stands below. */
  readonly text: string;
}

/** Sides of a tile's picture, room between tiles and for the text below, in pixels. */
const SIDE = 256;
const GAP = 10;
const TEXT = 20;
const LETTER = 12;
const STROKES = { line: 1.6, letter: 11 };

interface Placed {
  readonly tile: Tile;
  readonly top: number;
  readonly left: number;
  readonly size: readonly [height: number, width: number];
  readonly scale: number;
}

const place = (tile: Tile, i: number, columns: number): Placed => {
  const [h = 1, w = 1] = tile.picture.shape;
  const scale = Math.min(SIDE / h, SIDE / w);
  return {
    tile,
    top: GAP + Math.floor(i / columns) * (SIDE + TEXT + GAP),
    left: GAP + (i % columns) * (SIDE + GAP),
    size: [Math.max(1, Math.round(h * scale)), Math.max(1, Math.round(w * scale))],
    scale,
  };
};

/** A picture in its tile's size; small ones pixel by pixel. */
const resized = async ({ tile, top, left, size, scale }: Placed): Promise<OverlayOptions> => {
  const sharp = await loadSharp();
  const [height, width] = size;
  const { data, shape } = tile.picture;
  const [h = 1, w = 1] = shape;
  const input = await sharp(Buffer.from(data.buffer, data.byteOffset, data.byteLength), {
    raw: { width: w, height: h, channels: 3 },
  })
    .resize({ height, width, fit: 'fill', kernel: scale >= 2 ? 'nearest' : 'lanczos3' })
    .raw()
    .toBuffer();
  return { input, raw: { width, height, channels: 3 }, top, left };
};

/** Boxes and text of a tile, as markup of the sheet. */
const overlay = ({ tile, top, left, size, scale }: Placed): string => {
  const boxes = tile.boxes.map((one): DrawnBox => {
    const [from, first, to, last] = one.box;
    return { ...one, box: [from * scale, first * scale, to * scale, last * scale] };
  });
  const [height, width] = size;
  const text = shortened(tile.text, Math.floor(SIDE / (0.58 * LETTER)));
  return (
    `<svg x="${left}" y="${top}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${drawnBoxes(boxes, size, STROKES)}</svg>` +
    `<text x="${left}" y="${at(top + SIDE + LETTER + 2)}" font-size="${LETTER}" ${FONT} fill="#333">${escaped(text)}</text>`
  );
};

/** Pictures side by side, so many in a row, with their boxes and a line of text below each. */
export const contactSheet = async (tiles: readonly Tile[], columns: number): Promise<Sharp> => {
  const sharp = await loadSharp();
  const across = Math.max(1, Math.min(columns, tiles.length));
  const rows = Math.max(1, Math.ceil(tiles.length / across));
  const width = GAP + across * (SIDE + GAP);
  const height = GAP + rows * (SIDE + TEXT + GAP);
  const placed = tiles.map((tile, i) => place(tile, i, across));
  const images = await Promise.all(placed.map(resized));
  const drawn = svg([height, width], placed.map(overlay).join(''));
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .composite([...images, { input: drawn, top: 0, left: 0 }])
    .removeAlpha()
    .png();
};
