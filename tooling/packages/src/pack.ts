import { execFile } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { platformPackages, publishedPackages, ROOT, type Published } from './workspace.ts';

const call = promisify(execFile);

/** The compiler leaves what it made of files that are gone; a package would carry it on. */
const removeStale = ({ folder }: Published): void => {
  const dist = path.join(folder, 'dist');
  const made = existsSync(dist) ? readdirSync(dist, { recursive: true, encoding: 'utf8' }) : [];
  for (const file of made) {
    const source = /^(.*?)(\.d)?\.js(\.map)?$|^(.*?)\.d\.ts(\.map)?$/.exec(file);
    const name = source?.[1] ?? source?.[4];
    if (name !== undefined && !existsSync(path.join(folder, 'src', `${name}.ts`)))
      rmSync(path.join(dist, file));
  }
};

const isBuilt = ({ folder, manifest }: Published): boolean =>
  Object.values(manifest.exports).every(({ types = '' }) => existsSync(path.join(folder, types)));

const tarballsOf = (all: readonly Published[], folder: string): ReadonlyMap<string, string> =>
  new Map(
    all.map(({ name, manifest }) => {
      const file = path.join(folder, `${name.slice(1).replace('/', '-')}-${manifest.version}.tgz`);
      if (!existsSync(file)) throw new Error(`pnpm packed no ${file} of ${name}.`);
      return [name, file];
    }),
  );

const pack = async (rooms: string, folder: string, env: NodeJS.ProcessEnv = process.env): Promise<void> => {
  const pnpm = path.join(ROOT, 'node_modules/.bin/pnpm');
  // Line by line, or pnpm keeps what a package's own script says to itself.
  const args = ['-r', '--filter', rooms, '--reporter', 'append-only', 'pack', '--pack-destination', folder];
  try {
    await call(pnpm, args, { cwd: ROOT, env });
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`pnpm could not pack ${rooms}:\n${said}`, { cause: error });
  }
};

/** Packs the packages of compiled addons, empty where those are not made here, into `folder`. Gives their tarballs by name. */
export const packPlatforms = async (folder: string): Promise<ReadonlyMap<string, string>> => {
  const all = platformPackages();
  const names = all.map((one) => path.basename(one.folder)).join(' ');
  await pack('./packages/engine/platforms/*', folder, { ...process.env, PLATFORMS_WITHOUT_ADDONS: names });
  return tarballsOf(all, folder);
};

/** Packs every published package as a release would, into `folder`. Gives their tarballs by name. */
export const packAll = async (folder: string): Promise<ReadonlyMap<string, string>> => {
  const all = publishedPackages();
  const missing = all.filter((one) => !isBuilt(one)).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`Not built: ${missing.join(', ')}. Run \`npx tsc -b\` first.`);
  all.forEach(removeStale);
  await pack('./packages/*', folder);
  return tarballsOf(all, folder);
};
