/** What the numbers of a TIFF are: unsigned, signed, or floats. */
const FORMATS = { uint: 1, int: 2, float: 3 } as const;

export interface TiffOptions {
  readonly width: number;
  readonly height: number;
  /** Samples a pixel: 1 grey, 3 red, green and blue, 4 with transparency. */
  readonly channels: 1 | 3 | 4;
  readonly format: keyof typeof FORMATS;
  readonly bits: 8 | 16 | 32 | 64;
  /** 5 where the channels are inks. */
  readonly photometric?: number;
}

const encode = (values: readonly number[], { format, bits }: TiffOptions): Buffer => {
  const out = Buffer.alloc((values.length * bits) / 8);
  values.forEach((value, i) => {
    const at = (i * bits) / 8;
    if (format === 'float') {
      if (bits === 32) out.writeFloatLE(value, at);
      else out.writeDoubleLE(value, at);
    } else if (format === 'int') out.writeIntLE(value, at, Math.min(6, bits / 8));
    else out.writeUIntLE(value, at, Math.min(6, bits / 8));
  });
  return out;
};

/** An uncompressed TIFF of any kind of number, in one strip; `values` are its samples, row by row. */
export const tiff = (values: readonly number[], options: TiffOptions): Buffer => {
  const { width, height, channels, format, bits, photometric = channels === 1 ? 1 : 2 } = options;
  const pixels = encode(values, options);
  const isLong = channels > 2;
  const tags: readonly (readonly [tag: number, type: number, count: number, value: number])[] = [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, channels, isLong ? 8 : bits],
    [259, 3, 1, 1],
    [262, 3, 1, photometric],
    [273, 4, 1, 32],
    [277, 3, 1, channels],
    [278, 4, 1, height],
    [279, 4, 1, pixels.length],
    ...(channels === 4 && photometric === 2 ? ([[338, 3, 1, 2]] as const) : []),
    [339, 3, channels, isLong ? 16 : FORMATS[format]],
  ];
  const header = Buffer.alloc(32);
  header.write('II*\0', 'latin1');
  header.writeUInt32LE(32 + pixels.length, 4);
  for (let i = 0; i < 4; i++) header.writeUInt16LE(bits, 8 + 2 * i);
  for (let i = 0; i < 4; i++) header.writeUInt16LE(FORMATS[format], 16 + 2 * i);
  const directory = Buffer.alloc(2 + tags.length * 12 + 4);
  directory.writeUInt16LE(tags.length, 0);
  tags.forEach(([tag, type, count, value], i) => {
    const at = 2 + i * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(count, at + 4);
    directory.writeUInt32LE(value, at + 8);
  });
  return Buffer.concat([header, pixels, directory]);
};
