import { expect, it } from 'vitest';
import { typeErrors } from './compile.ts';
import { blocksIn, documented } from './documented.ts';

it('every TypeScript block type-checks, strictly, against the sources; what is wrong in one is found', () => {
  const blocks = blocksIn('ts', 'tsx', 'typescript');
  expect(blocks.length).toBeGreaterThan(30);
  const text = "import { supCon } from '@understory/losses';\nsupCon({ temperatur: 1 });\n";
  expect(typeErrors([...blocks, { ...documented[0]!, name: 'a page', text }])).toEqual([
    expect.stringMatching(/^a page: .*'temperatur' does not exist.*: supCon/),
  ]);
});
