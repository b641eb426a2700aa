import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Manifest } from './workspace.ts';
import { manifestIn } from './tarball.ts';

/** A package registry for tarballs that nobody has published: npm, pnpm and yarn ask it for one scope. */
export interface LocalRegistry {
  readonly address: string;
  close(): void;
}

interface Held {
  readonly manifest: Manifest;
  readonly bytes: Buffer;
}

// pnpm takes no version that is younger than a day.
const LONG_AGO = '2020-01-01T00:00:00.000Z';

const documentOf = ({ manifest, bytes }: Held, address: string): object => {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const dist = { integrity, tarball: `${address}/${name}/-/${version}.tgz` };
  return {
    ...{ name, 'dist-tags': { latest: version }, time: { created: LONG_AGO, [version]: LONG_AGO } },
    versions: { [version]: { ...manifest, dist } },
  };
};

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });

/** Serves the tarballs, by package, on this machine. */
export const serveTarballs = async (tarballs: ReadonlyMap<string, string>): Promise<LocalRegistry> => {
  const held = new Map<string, Held>();
  for (const [name, file] of tarballs)
    held.set(name, { manifest: await manifestIn(file), bytes: readFileSync(file) });
  let address = '';
  const server = createServer((request, response) => {
    const [name = '', tarball] = decodeURIComponent(request.url ?? '')
      .slice(1)
      .split('/-/');
    const found = held.get(name);
    if (!found) response.writeHead(404).end('{}');
    else if (tarball) response.end(found.bytes);
    else
      response.setHeader('content-type', 'application/json').end(JSON.stringify(documentOf(found, address)));
  });
  address = `http://127.0.0.1:${await listening(server)}`;
  return {
    address,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
