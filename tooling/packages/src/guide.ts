import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
// @boundaries-ignore both read Markdown by one parser
import { blocksOf } from '../../docs/src/blocks.ts';
import { runIn } from './project.ts';
import { ROOT } from './workspace.ts';

const text = readFileSync(path.join(ROOT, 'docs/guide/plugins.md'), 'utf8');

const blocks = blocksOf(text);

/** Every file of the guide, by name. */
export const guideFiles: ReadonlyMap<string, string> = new Map(
  blocks.filter(({ file }) => file !== '').map(({ file, text: body }) => [file, body]),
);

const setUp = blocks
  .filter(({ language, file }) => language === 'sh' && file === '')
  .flatMap(({ text: lines }) => lines.trim().split('\n'));

/** What the guide lets one install. */
export const guidePackages: readonly string[] = setUp
  .filter((line) => line.startsWith('npm install '))
  .flatMap((line) => line.split(' ').slice(2))
  .filter((word) => !word.startsWith('-'));

/** Packages that the guide's files import, `@scope/name` of `@scope/name/entry`; Node's own are none. */
export const guideImports: readonly string[] = [...guideFiles.values()]
  .flatMap((body) => [...body.matchAll(/^(?:import|export) .*from '([^'.][^']*)';$/gm)])
  .map(([, entry = '']) => entry)
  .filter((entry) => !/^(node:|path$)/.test(entry))
  .map((entry) =>
    entry
      .split('/')
      .slice(0, entry.startsWith('@') ? 2 : 1)
      .join('/'),
  );

const COMMENTS_AND_TEXTS = /\/\*\*.*?\*\/|\/\/[^\n]*|'[^'\n]*'/gs;

/** Where the guide's code tells TypeScript what it does not know by itself: `x as T`, `x!`. */
export const assertionsOfTypes: readonly string[] = [...guideFiles]
  .filter(([file]) => file.endsWith('.ts'))
  .flatMap(([file, body]) =>
    [...body.replaceAll(COMMENTS_AND_TEXTS, '').matchAll(/^.*(?:\bas (?!const\b)\w|[\w)\]]!\W).*$/gm)].map(
      ([line]) => `${file}: ${line.trim()}`,
    ),
  );

/** A command of the guide, and lines that it says; `…` stands for anything. */
export interface Told {
  readonly command: string;
  readonly lines: readonly string[];
}

const toldIn = (body: string): Told[] =>
  body
    .split(/^\$ /m)
    .slice(1)
    .map((part) => part.trimEnd().split('\n'))
    .map(([command = '', ...lines]) => ({ command, lines }));

export const guideCommands: readonly Told[] = blocks
  .filter(({ language }) => language === 'console')
  .flatMap(({ text: lines }) => toldIn(lines));

const plain = (part: string): string => part.replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/** The form of a line of the guide. */
export const formOf = (line: string): RegExp =>
  new RegExp(line.trim().split('…').map(plain).join('.*').replaceAll(' ', ' +'));

/** Whether the guide says that a command is refused. */
export const isRefused = ({ lines }: Told): boolean => lines.some((line) => line.startsWith('understory: '));

/** Runs a command as a user's shell would. */
export const inShell = (folder: string, command: string): ReturnType<typeof runIn> =>
  runIn(folder, 'bash', ['-c', command]);

/** Does in an installed project what the guide begins with, but installing, and writes its files. */
export const followGuide = async (folder: string): Promise<void> => {
  for (const command of setUp.filter((line) => !line.startsWith('npm install '))) {
    const { status, text: said } = await inShell(folder, command);
    if (status !== 0) throw new Error(`${command}: ${said}`);
  }
  for (const [file, body] of guideFiles) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), body);
  }
};
