import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly path: string;
  readonly data?: Uint8Array | string;
  /** 0 as it is, 8 deflated (the default). */
  readonly method?: number;
  readonly isEncrypted?: boolean;
  /** A symbolic link, whose data is its target. */
  readonly isLink?: boolean;
  /** Bytes that the header claims the file to have. */
  readonly claims?: number;
}

interface Packed {
  readonly local: Buffer;
  readonly central: Buffer;
}

const pack = (entry: ZipEntry, at: number): Packed => {
  const { path, data = '', method = 8, isEncrypted = false, isLink = false } = entry;
  const raw = Buffer.from(data);
  const stored = method === 8 ? deflateRawSync(raw) : raw;
  const name = Buffer.from(path);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE((isEncrypted ? 1 : 0) | 0x800, 2);
  common.writeUInt16LE(method, 4);
  common.writeUInt32LE(crc32(raw), 10);
  common.writeUInt32LE(stored.length, 14);
  common.writeUInt32LE(entry.claims ?? raw.length, 18);
  common.writeUInt16LE(name.length, 22);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(((isLink ? 0o120777 : 0o100644) << 16) >>> 0, 6);
  rest.writeUInt32LE(at, 10);
  return {
    local: Buffer.concat([Buffer.from('PK\x03\x04'), common, name, stored]),
    central: Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, rest, name]),
  };
};

/** A zip that holds these entries. */
export const zip = (entries: readonly ZipEntry[]): Buffer => {
  const packed: Packed[] = [];
  let at = 0;
  for (const entry of entries) {
    const one = pack(entry, at);
    packed.push(one);
    at += one.local.length;
  }
  const directory = Buffer.concat(packed.map(({ central }) => central));
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...packed.map(({ local }) => local), directory, Buffer.from('PK\x05\x06'), end]);
};
