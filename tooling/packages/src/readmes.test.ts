import { describe, expect, it } from 'vitest';
// @boundaries-ignore both read Markdown by one parser
import { blocksOf } from '../../docs/src/blocks.ts';
import { examplesNeed, installCommand, readmeOf, withCommands } from './readmes.ts';
import { publishedPackages } from './workspace.ts';

describe.each(publishedPackages())('README.md of $name', (one) => {
  const text = readmeOf(one);

  it('begins with the command that installs it, its peers too', () => {
    expect(text, 'title, command, then what it is; `npm run renew` writes the command').toMatch(
      /^# @understory\//,
    );
    expect(blocksOf(text)[0]?.text).toBe(`${installCommand(one.manifest)}\n`);
    const before = text.slice(0, text.indexOf('```')).trim().split('\n');
    expect(before, 'nothing but the title stands before the command').toEqual([`# ${one.name}`]);
  });

  it('says what its examples need besides', () => {
    expect(withCommands(text, one.manifest), '`npm run renew` writes it').toBe(text);
  });
});

it('finds what the code of a README imports, by package', () => {
  const readme =
    "```ts\nimport 'a/b';\nimport {\n  x,\n} from '@s/p/q';\nimport type { y } from './z.ts';\nimport 'node:fs';\n```\n";
  const manifest = {
    name: '@understory/x',
    version: '1.0.0',
    exports: {},
    peerDependencies: { a: '^1.0.0' },
  };
  expect(examplesNeed(readme, manifest)).toEqual(['@s/p']);
});
