import { createReadStream, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface PackageIndex {
  /** For PIP_INDEX_URL. */
  readonly url: string;
  /** Times that a wheel was asked for. */
  downloads: number;
  /** Bytes after which the next download breaks off; it goes on as usual afterwards. */
  cutAt: number | null;
  /** Bytes after which a download stands still. */
  stallAt: number | null;
  close(): Promise<void>;
}

/** A package index on this machine with one wheel, which can be made to fail. */
export const packageIndex = async (wheel: string): Promise<PackageIndex> => {
  const name = path.basename(wheel);
  const project = name.split('-')[0]!.replaceAll('_', '-');
  const server = createServer((request, response) => {
    if (request.url === `/simple/${project}/`) {
      response.setHeader('content-type', 'text/html').end(`<a href="/files/${name}">${name}</a>`);
    } else if (request.url === `/files/${name}`) send(response, wheel, index);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const index: PackageIndex = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`,
    ...{ downloads: 0, cutAt: null, stallAt: null },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return index;
};

const send = (response: ServerResponse, wheel: string, index: PackageIndex): void => {
  index.downloads++;
  response.setHeader('content-length', statSync(wheel).size);
  const { cutAt, stallAt } = index;
  index.cutAt = null;
  const end = cutAt ?? stallAt;
  const from = createReadStream(wheel, end === null ? {} : { end: end - 1 });
  from.pipe(response, { end: end === null });
  if (cutAt !== null) from.on('end', () => setTimeout(() => response.destroy(), 50));
};
