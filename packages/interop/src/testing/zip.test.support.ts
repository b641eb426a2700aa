/** An entry of a zip archive, and what its headers claim of it. */
export interface ZipPart {
  readonly name: string;
  readonly data: Uint8Array;
  /** Bytes that it claims to have; its own where nothing is said. */
  readonly size?: number;
  /** Where it claims to begin; where it is where nothing is said. */
  readonly at?: number;
}

const header = (length: number, write: (view: DataView) => void): Uint8Array => {
  const out = new Uint8Array(length);
  write(new DataView(out.buffer));
  return out;
};

/** A zip archive as PyTorch writes them, nothing compressed, whose headers may claim what is not so. */
export const zipOf = (parts: readonly ZipPart[]): Uint8Array => {
  const chunks: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  const add = (...more: Uint8Array[]): void => {
    chunks.push(...more);
    at += more.reduce((sum, { length }) => sum + length, 0);
  };
  for (const { name, data, size = data.length, at: claimed = at } of parts) {
    const text = new TextEncoder().encode(name);
    const record = header(46, (view) => {
      view.setUint32(0, 0x02014b50, true);
      view.setUint32(20, size, true);
      view.setUint32(24, size, true);
      view.setUint16(28, text.length, true);
      view.setUint32(42, claimed, true);
    });
    const local = header(30, (view) => {
      view.setUint32(0, 0x04034b50, true);
      view.setUint32(18, size, true);
      view.setUint32(22, size, true);
      view.setUint16(26, text.length, true);
    });
    central.push(record, text);
    add(local, text, data);
  }
  const start = at;
  add(...central);
  const length = at - start;
  add(
    header(22, (view) => {
      view.setUint32(0, 0x06054b50, true);
      view.setUint16(8, parts.length, true);
      view.setUint16(10, parts.length, true);
      view.setUint32(12, length, true);
      view.setUint32(16, start, true);
    }),
  );
  return new Uint8Array(Buffer.concat(chunks));
};

/** The bytes of a PyTorch file with this pickle and these storages. */
export const torchFile = (
  pickle: readonly (number | string)[],
  storages: Readonly<Record<string, Uint8Array>> = {},
): Uint8Array => {
  const bytes = pickle.map((part) =>
    typeof part === 'number' ? Uint8Array.of(part) : Buffer.from(part, 'latin1'),
  );
  const data = new Uint8Array(Buffer.concat([Uint8Array.of(0x80, 2), ...bytes, Uint8Array.of(0x2e)]));
  return zipOf([
    { name: 'a/data.pkl', data },
    ...Object.entries(storages).map(([key, numbers]) => ({ name: `a/data/${key}`, data: numbers })),
  ]);
};
