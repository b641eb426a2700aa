import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { MANAGERS, type Manager } from '../project.ts';
import { manifestOf, ROOT } from '../workspace.ts';
import { tried, type Outcome } from './outcome.ts';
import { INSTALL, must, type User } from './user.ts';

interface Workspace {
  readonly catalog: Readonly<Record<string, string>>;
  readonly allowBuilds: Readonly<Record<string, boolean>>;
}

const { catalog, allowBuilds } = parse(
  readFileSync(path.join(ROOT, 'pnpm-workspace.yaml'), 'utf8'),
) as Workspace;
const { version } = manifestOf(path.join(ROOT, 'packages/engine'));

/** Dependencies as a stranger would write them. */
const outside = (all: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(all).map(([name, range]) => {
      if (range.startsWith('workspace:')) return [name, `^${version}`];
      return [name, range === 'catalog:' ? (catalog[name] ?? range) : range];
    }),
  );

const names = readdirSync(path.join(ROOT, 'examples')).filter((name) =>
  existsSync(path.join(ROOT, 'examples', name, 'package.json')),
);

const copied = (user: User, name: string, manager: Manager): string => {
  const folder = user.folder(`examples-${manager}/${name}`);
  const left = /node_modules|[/\\]runs$|[/\\]public$|\.test\.ts$/;
  const from = path.join(ROOT, 'examples', name);
  cpSync(from, folder, { recursive: true, filter: (file) => !left.test(file.slice(from.length)) });
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  for (const kind of ['dependencies', 'devDependencies']) manifest[kind] = outside(manifest[kind]);
  delete manifest['devDependencies']?.['vitest']; // tests stay behind
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  // pnpm asks about install scripts of other people's packages, tfjs's core-js and tsx's esbuild: answered as the repository does.
  if (manager === 'pnpm') writeFileSync(path.join(folder, 'pnpm-workspace.yaml'), stringify({ allowBuilds }));
  return folder;
};

const UNMET = /^.*(unmet peer|incorrect peer|ERESOLVE|invalid:).*$/gim;

const install = async (user: User, name: string, manager: Manager): Promise<void> => {
  const folder = copied(user, name, manager);
  const said = await must(user, folder, INSTALL[manager]);
  const ours = [...said.matchAll(UNMET)].filter(([line]) => line.includes('@understory/'));
  if (ours.length > 0) throw new Error(ours.map(([line]) => line.trim()).join('\n'));
  if (manager === 'npm') await must(user, folder, 'npm ls --all > /dev/null');
  rmSync(folder, { recursive: true });
};

/** Installs every example with every manager, without flags. */
export async function* installExamples(user: User): AsyncGenerator<Outcome> {
  console.log(
    "left out: the examples' tests and vitest, which stay in the repository; running them, which these tests do",
  );
  // The managers share nothing, and wait for the network and the disk more than for a processor.
  for (const name of names) {
    const each = MANAGERS.map((manager) =>
      tried(user, `${manager} installs examples/${name}`, () => install(user, name, manager)),
    );
    yield* await Promise.all(each);
  }
}
