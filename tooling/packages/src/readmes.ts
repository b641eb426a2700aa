import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import type { Manifest, Published } from './workspace.ts';

export const readmeOf = ({ folder }: Published): string =>
  readFileSync(path.join(folder, 'README.md'), 'utf8');

/** What one runs to have a package: its peers are named, since not every package manager takes them by itself. */
export const installCommand = ({ name, peerDependencies = {} }: Manifest): string =>
  ['npm install', name, ...Object.keys(peerDependencies).sort()].join(' ');

interface Block {
  readonly language: string;
  readonly text: string;
}

export const blocksOf = (markdown: string): readonly Block[] =>
  [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));

const packageOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

const importsOf = (code: string): readonly string[] =>
  [...code.matchAll(/^\s*(?:import|export)\s(?:[^'";]*?from\s)?['"]([^'"]+)['"]/gm)].map(
    ([, from = '']) => from,
  );

/** Packages that a README's examples import and its install command does not bring into the project itself. */
export const examplesNeed = (
  markdown: string,
  { name, peerDependencies = {} }: Manifest,
): readonly string[] => {
  const code = blocksOf(markdown).filter(({ language }) =>
    /^(ts|js|tsx|jsx|mjs|typescript|javascript)$/.test(language),
  );
  const imported = code
    .flatMap(({ text }) => importsOf(text))
    .filter((from) => !/^[./]/.test(from) && !isBuiltin(from))
    .map(packageOf);
  const had = [name, ...Object.keys(peerDependencies)];
  return [...new Set(imported)].filter((one) => !had.includes(one)).sort();
};

/** The line that says so. */
export const needsLine = (needed: readonly string[]): string =>
  `The examples here also need \`npm install ${needed.join(' ')}\`.`;
