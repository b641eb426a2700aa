import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { schemaKeys } from '@understory/core';
import { ExperimentSchema } from '@understory/config';
import { faultOfCommand } from './commandLine.ts';
import type { Documented } from './documented.ts';
import { ROOT } from './pages.ts';
import { shellCommands } from './shell.ts';

/** Programs of other people that a page may let one run; what they take is theirs to say. */
const OTHERS = new Set([
  'cd',
  'curl',
  'docker',
  'kubectl',
  'kubeconform',
  'sbatch',
  'openssl',
  'python3',
  'torch/bin/pip',
]);

const sourceOf = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** The options that a program of this repository reads by `parseArgs`, or tells in its help. */
export const optionsRead = (file: string): ReadonlySet<string> => {
  const text = sourceOf(file);
  const told = [...text.matchAll(/--([a-z][a-z-]*)/g)].map(([, name]) => name);
  const read = [...text.matchAll(/(?:'([\w-]+)'|\b(\w+)): \{ (?:[^}]*, )?type: '/g)].map(
    ([, a, b]) => a ?? b,
  );
  return new Set([...told, ...read].flatMap((name) => (name === undefined ? [] : [`--${name}`])));
};

/** Programs whose options are not read here: those of an example's own folder. */
const unread = (file: string, words: readonly string[]): string | undefined => {
  if (!existsSync(path.join(ROOT, file)))
    return words.some((w) => w.startsWith('--')) ? `${file} is not at the top` : undefined;
  const known = optionsRead(file);
  const flags = words.filter((word) => /^--./.test(word)).map((word) => word.split('=')[0] ?? '');
  const wrong = flags.filter((flag) => !known.has(flag));
  return wrong.length > 0 ? `${file} has no ${wrong.join(', ')}` : undefined;
};

/** Keys of a config that a command line changes: `--set optimizer.rate=1`, `--over batch=32,64`. */
const keyFault = (words: readonly string[]): string | undefined => {
  const keys = words
    .filter((_, i) => /^--(set|over)$/.test(words[i - 1] ?? ''))
    .map((word) => word.split(/[.=]/)[0] ?? '');
  const wrong = words.includes('export')
    ? []
    : keys.filter((key) => !schemaKeys(ExperimentSchema).includes(key));
  return wrong.length > 0 ? `a config has no ${wrong.join(', ')}` : undefined;
};

const understory = (words: readonly string[]): string | undefined => faultOfCommand(words) ?? keyFault(words);

interface Scripted {
  readonly scripts?: Readonly<Record<string, string>>;
}

/** What `npm run` finds in the folder of a page, or at the top. */
const scriptOf = (name: string, page: string): string | undefined => {
  const own = path.posix.join(path.posix.dirname(page), 'package.json');
  return [own, 'package.json']
    .filter((file) => existsSync(path.join(ROOT, file)))
    .map((file) => (JSON.parse(sourceOf(file)) as Scripted).scripts?.[name])
    .find((script) => script !== undefined);
};

const script = (name: string, words: readonly string[], page: string): string | undefined => {
  const found = scriptOf(name, page);
  if (found === undefined) return `no package.json has a script "${name}"`;
  const [, file] = /(\S+\.ts)/.exec(found) ?? [];
  return file === undefined ? undefined : unread(file, words);
};

const npm = ([verb = '', ...words]: readonly string[], page: string): string | undefined => {
  if (verb === 'start' || verb === 'test') return script(verb, words, page);
  if (verb === 'run') return script(words[0] ?? '', words.slice(1), page);
  if (verb === 'create')
    return unread(
      'packages/create-plugin/src/create.ts',
      words.filter((word) => word !== '--'),
    );
  return ['install', 'init', 'pkg', 'ci'].includes(verb) ? undefined : `npm has no "${verb}"`;
};

/** A program of this repository that Node or tsx runs; options before it are Node's own. */
const program = (words: readonly string[]): string | undefined => {
  if (words[0] === '-e') return undefined;
  const at = words.findIndex((word) => !word.startsWith('-'));
  const file = words[at] ?? '';
  return existsSync(path.join(ROOT, file)) ? unread(file, words.slice(at + 1)) : `there is no ${file}`;
};

const npx = ([name = '', ...words]: readonly string[], page: string): string | undefined => {
  if (name === 'understory') return understory(words);
  if (name === '@understory/engine') return unread('packages/engine/src/command/main.ts', words);
  return name === 'tsx' ? program(words) : `${page}: npx ${name} is unknown`;
};

const faultOf = ([name = '', ...words]: readonly string[], page: string): string | undefined => {
  if (name === 'understory') return understory(words);
  if (name === 'npm') return npm(words, page);
  if (name === 'npx') return npx(words, page);
  if (name === 'node') return program(words);
  return OTHERS.has(name) ? undefined : `${name} is no command that is known here`;
};

/** What is wrong with the commands of a block: each with its text. */
export const commandFaults = ({ text, page, name }: Documented): readonly string[] =>
  shellCommands(text).flatMap((command) => {
    const fault = faultOf(command.words, page);
    return fault === undefined ? [] : [`${name}: ${command.text}: ${fault}`];
  });
