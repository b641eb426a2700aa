import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** One pixel of red: what an image shows is not looked at. */
export const RED = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
);

/** Height and width of the pictures. */
export const SIZE = [60, 90] as const;

interface Square {
  readonly top: number;
  readonly left: number;
  readonly side: number;
  /** 0 for red, 1 for green. */
  readonly colour: number;
}

/** A dark picture with bright squares as a BMP file: 24 bits, the lowest row first, blue before green before red. */
const bmpOf = (squares: readonly Square[]): Buffer => {
  const [height, width] = SIZE;
  const stride = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + stride * height, 30);
  bytes.fill(0, 0, 54).write('BM', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (const { top, left, side, colour } of squares)
    for (let y = top; y < top + side; y++)
      for (let x = left; x < left + side; x++)
        bytes[54 + (height - 1 - y) * stride + x * 3 + (2 - colour)] = 220;
  return bytes;
};

const xmlOf = (squares: readonly Square[]): string => {
  const [height, width] = SIZE;
  const objects = squares.map(
    ({ top, left, side, colour }) =>
      `<object><name>${['red', 'green'][colour]!}</name><bndbox><xmin>${left + 1}</xmin><ymin>${top + 1}</ymin>` +
      `<xmax>${left + side}</xmax><ymax>${top + side}</ymax></bndbox></object>`,
  );
  return `<annotation><size><width>${width}</width><height>${height}</height><depth>3</depth></size>${objects.join('')}</annotation>`;
};

/** Makes pictures of one or two squares in Pascal VOC's layout; the last has none. */
export const makeSquares = (root: string, count: number): void => {
  for (const folder of ['Annotations', 'JPEGImages']) mkdirSync(path.join(root, folder), { recursive: true });
  for (let i = 0; i < count; i++) {
    const first = { top: 4 + ((7 * i) % 20), left: 3 + ((5 * i) % 30), side: 22, colour: i % 2 };
    const second = { top: 20 + ((3 * i) % 15), left: 50 + ((4 * i) % 15), side: 20, colour: (i >> 1) % 2 };
    const squares = i === count - 1 ? [] : i % 3 === 0 ? [first] : [first, second];
    const name = String(i).padStart(12, '0');
    writeFileSync(path.join(root, 'Annotations', `${name}.xml`), xmlOf(squares));
    writeFileSync(path.join(root, 'JPEGImages', `${name}.bmp`), bmpOf(squares));
  }
};
