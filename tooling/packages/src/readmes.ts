import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
// @boundaries-ignore both read Markdown by one parser
import { blocksOf } from '../../docs/src/blocks.ts';
import type { Manifest, Published } from './workspace.ts';

export const readmeFile = ({ folder }: Published): string => path.join(folder, 'README.md');

export const readmeOf = (one: Published): string =>
  existsSync(readmeFile(one)) ? readFileSync(readmeFile(one), 'utf8') : '';

/** The peers that a project must have; optional ones are for those who use what needs them. */
const peersOf = ({ peerDependencies = {}, peerDependenciesMeta = {} }: Manifest): readonly string[] =>
  Object.keys(peerDependencies)
    .filter((peer) => peerDependenciesMeta[peer]?.optional !== true)
    .sort();

/** What one runs to have a package: its peers are named, since not every package manager takes them by itself. */
export const installCommand = (manifest: Manifest): string =>
  ['npm install', manifest.name, ...peersOf(manifest)].join(' ');

const packageOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

const importsOf = (code: string): readonly string[] =>
  [...code.matchAll(/^\s*(?:import|export)\s(?:[^'";]*?from\s)?['"]([^'"]+)['"]/gm)].map(
    ([, from = '']) => from,
  );

/** Packages that a README's examples import and its install command does not bring into the project itself. */
export const examplesNeed = (markdown: string, manifest: Manifest): readonly string[] => {
  const code = blocksOf(markdown).filter(({ language }) =>
    /^(ts|js|tsx|jsx|mjs|typescript|javascript)$/.test(language),
  );
  const imported = code
    .flatMap(({ text }) => importsOf(text))
    .filter((from) => !/^[./]/.test(from) && !isBuiltin(from))
    .map(packageOf);
  const had = [manifest.name, ...peersOf(manifest)];
  return [...new Set(imported)].filter((one) => !had.includes(one)).sort();
};

/** The line that says so. */
export const needsLine = (needed: readonly string[]): string =>
  `The examples here also need \`npm install ${needed.join(' ')}\`.`;

/** The README with both: the command after its title, the line where the use begins. */
export const withCommands = (markdown: string, manifest: Manifest): string => {
  const needed = examplesNeed(markdown, manifest);
  const begin = `# ${manifest.name}\n\n\`\`\`sh\n${installCommand(manifest)}\n\`\`\`\n\n`;
  return markdown
    .replace(/^The examples here also need .*\n\n/m, '')
    .replace(/^# .*\n\n(?:```sh\nnpm install .*\n```\n\n)?/, begin)
    .replace(/^## Use\n\n/m, (heading) =>
      needed.length > 0 ? `${heading}${needsLine(needed)}\n\n` : heading,
    );
};
