import { describe, expect, it } from 'vitest';
import { blocksOf, examplesNeed, installCommand, needsLine, readmeOf } from './readmes.ts';
import { publishedPackages } from './workspace.ts';

describe.each(publishedPackages())('README.md of $name', (one) => {
  const text = readmeOf(one);

  it('begins with the command that installs it, its peers too', () => {
    expect(text.split('\n')[0]).toBe(`# ${one.name}`);
    const [first] = blocksOf(text);
    expect(first?.text, 'the first block of code, in sh').toBe(`${installCommand(one.manifest)}\n`);
    const before = text.slice(0, text.indexOf('```')).trim().split('\n');
    expect(before, 'nothing but the title stands before it').toHaveLength(1);
  });

  it('says what its examples need besides', () => {
    const needed = examplesNeed(text, one.manifest);
    const said = /^The examples here also need .*$/m.exec(text)?.[0];
    expect(said).toBe(needed.length > 0 ? needsLine(needed) : undefined);
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
