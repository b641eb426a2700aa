import { deflateSync } from 'node:zlib';
import type { NdArray } from '../contracts/arrays.ts';
import { crc32 } from '../formats/crc32.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const CHANNELS = 3;

const chunk = (kind: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
};

const paeth = (a: number, b: number, c: number): number => {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
};

/** PNG's predictors (section 9.2) from the bytes to the left, above, and above left. */
const PREDICTORS: readonly ((a: number, b: number, c: number) => number)[] = [
  () => 0,
  (a) => a,
  (_, b) => b,
  (a, b) => (a + b) >> 1,
  paeth,
];

/** A row by the predictor that leaves the smallest differences, its number first. */
const filterRow = (row: Uint8Array, above: Uint8Array): Uint8Array => {
  const tries = PREDICTORS.map((predict, type) => {
    const out = new Uint8Array(row.length + 1);
    out[0] = type;
    let size = 0;
    for (let i = 0; i < row.length; i++) {
      const left = i >= CHANNELS;
      const guess = predict(left ? row[i - CHANNELS]! : 0, above[i]!, left ? above[i - CHANNELS]! : 0);
      const rest = (row[i]! - guess) & 255;
      out[i + 1] = rest;
      size += Math.min(rest, 256 - rest);
    }
    return { out, size };
  });
  return tries.reduce((a, b) => (b.size < a.size ? b : a)).out;
};

/** Writes a picture, RGB 0…255 [height, width, 3], as PNG. */
export const encodePng = ({ shape, data }: NdArray): Uint8Array => {
  const [height = 0, width = 0] = shape;
  const stride = width * CHANNELS;
  const bytes = Uint8Array.from(data);
  const rowAt = (y: number): Uint8Array =>
    y < 0 ? new Uint8Array(stride) : bytes.subarray(y * stride, (y + 1) * stride);
  const rows = Array.from({ length: height }, (_, y) => filterRow(rowAt(y), rowAt(y - 1)));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const parts = [
    Buffer.from(SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ];
  return new Uint8Array(Buffer.concat(parts));
};
