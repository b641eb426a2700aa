import { expect, it } from 'vitest';
import { everyOption, faultOfCommand } from './commandLine.ts';
import { commandFaults, optionsRead } from './commandFault.ts';
import { blocksIn, documented, documents } from './documented.ts';
import { textOf, unfenced } from './pages.ts';
import { shellCommands } from './shell.ts';

const faultsIn = (text: string): readonly string[] =>
  commandFaults({ ...documented[0]!, page: 'README.md', name: 'a page', text });

it.each([
  ['understory train a.yaml --epoch 3', /unknown option '--epoch'/],
  ['npx understory trian a.yaml', /unknown command 'trian'/],
  ['npx understory train a.yaml --set epoch=3', /a config has no epoch/],
  ['understory verify a.yaml --steps x', /whole number/],
  ['npm run tset', /no package\.json has a script "tset"/],
  ['npx @understory/engine link --cudda', /has no --cudda/],
  ['npm create @understory/plugin a -- --kid loss', /has no --kid/],
  ['node examples/nobody.js', /there is no examples\/nobody\.js/],
  ['npm test && xnpm start', /xnpm is no command/],
])('finds what is wrong in %s', (text, fault) => {
  expect(faultsIn(text)).toEqual([expect.stringMatching(fault)]);
});

it('every command of every page is one that its own parser takes', () => {
  const blocks = blocksIn('sh', 'bash', 'shell', 'console').filter(({ notRun }) => notRun === undefined);
  expect(blocks.length).toBeGreaterThan(40);
  expect(blocks.flatMap(commandFaults)).toEqual([]);
});

/** What a page has between backquotes in its text, but of the page that quotes other people's programs. */
const quoted = documents
  .filter((page) => page !== 'docs/guide/migration.md')
  .flatMap((page) =>
    [...unfenced(textOf(page)).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => ({ page, code })),
  );

it('every command that a text names is one that its own parser takes, as far as it is written out', () => {
  const commands = quoted.filter(({ code }) => /^(npx )?understory [a-z]/.test(code) && !code.includes('…'));
  expect(commands.length).toBeGreaterThan(30);
  const wrong = commands.flatMap(({ page, code }) => {
    const [{ words } = { words: [] }] = shellCommands(code.replace(/^npx /, ''));
    const fault = faultOfCommand(words.slice(1), false);
    return fault === undefined ? [] : [`${page}: ${code}: ${fault}`];
  });
  expect(wrong).toEqual([]);
});

it('every option that a text names exists', () => {
  const programs = ['packages/engine/src/command/main.ts', 'packages/create-plugin/src/create.ts'];
  const vitest = ['--project'];
  const known = new Set([...everyOption(), ...vitest, ...programs.flatMap((file) => [...optionsRead(file)])]);
  const named = quoted
    .filter(({ page, code }) => !page.startsWith('benchmarks') && /^(npx |understory |--)/.test(code))
    .flatMap(({ page, code }) =>
      [...code.matchAll(/--[a-z][a-z-]+/g)].map(([flag]) => ({ page, code, flag })),
    );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(({ flag }) => !known.has(flag)).map(({ page, code }) => `${page}: ${code}`)).toEqual(
    [],
  );
});

it('every block is of a kind that is looked at, or says why not', () => {
  const kinds = new Set(['ts', 'js', 'yaml', 'json', 'sh', 'console', 'text', '']);
  const others = documented.filter(({ language, notRun }) => !kinds.has(language) && notRun === undefined);
  expect(others.map(({ name, language }) => `${name}: ${language}`)).toEqual([]);
  const left = documented.filter(({ notRun }) => notRun !== undefined);
  console.log(
    `${documented.length} blocks on ${documents.length} pages; ${left.length} are not run, each with its reason`,
  );
});
