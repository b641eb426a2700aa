import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { filesOf, isName, isPackageName } from './files.ts';
import { isKind, KINDS, type Kind } from './kinds.ts';

const HELP = `npm create @understory/plugin <folder> -- --kind <kind> [--name <name>] [--package <name>]

Makes a package with a plugin for Understory: source, a test that it keeps the contract of its kind, README.

  --kind     ${KINDS.join(', ')}
  --name     how configs name it; the folder's name where absent
  --package  how npm names the package; understory-<name> where absent
`;

/** What one should do otherwise. */
class Refusal extends Error {}

const home = fileURLToPath(new URL('..', import.meta.url));

const templateOf = (kind: Kind): string => readFileSync(path.join(home, 'templates', `${kind}.ts`), 'utf8');

const ownVersion = (): string => {
  const { version } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
};

const readKind = (kind: string | undefined): Kind => {
  if (kind !== undefined && isKind(kind)) return kind;
  const choices = `Choose --kind ${KINDS.join(', ')}.`;
  throw new Refusal(
    kind === undefined ? `Which kind of plugin? ${choices}` : `No kind "${kind}". ${choices}`,
  );
};

/** A folder that is not there, or is empty: nothing is written over. */
const readFolder = ([folder, ...more]: readonly string[]): string => {
  if (folder === undefined)
    throw new Refusal(`Name a folder: npm create @understory/plugin my-loss -- --kind loss`);
  if (more.length > 0)
    throw new Refusal(`One folder, not ${more.length + 1}: ${[folder, ...more].join(', ')}.`);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new Refusal(`${folder} is a file. Name a folder.`);
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Refusal(`${folder} is not empty. Name another folder, or empty that one.`);
  return folder;
};

const parse = (args: readonly string[]) => {
  const option = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { kind: option, name: option, package: option, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new Refusal(`${(error as Error).message} See --help.`);
  }
};

const make = (args: readonly string[]): string => {
  const { values, positionals } = parse(args);
  if (values.help) return HELP;
  const [folder, kind] = [readFolder(positionals), readKind(values.kind)];
  const name = values.name ?? path.basename(path.resolve(folder));
  if (!isName(name))
    throw new Refusal(
      `"${name}" is no name of a plugin. Give --name small letters, digits and hyphens: my-${kind}.`,
    );
  const packageName = values.package ?? `understory-${name}`;
  if (!isPackageName(packageName))
    throw new Refusal(
      `"${packageName}" is no name of a package. Give --package another one: understory-${name}.`,
    );
  const files = filesOf({ kind, name, packageName, version: ownVersion(), template: templateOf(kind) });
  for (const [file, text] of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return `${packageName}, the ${kind} "${name}", is in ${folder}:\n\n  cd ${folder}\n  npm install\n  npm test\n\nIts source is src/${name}.ts; its README says how a config names it.\n`;
};

/** Runs the command; 0, or 1 where something is refused. */
export const create = (args: readonly string[]): number => {
  try {
    process.stdout.write(make(args));
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`create-plugin: ${error.message}\n`);
    return 1;
  }
};
