import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { plain } from '../testing/pictures.test.support.ts';
import { temporaryFolder } from '../testing/temporary.test.support.ts';

const folder = await temporaryFolder();
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Node where `sharp` is not installed. */
const MISSING = `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`export const resolve = (name, context, next) => {
  if (name === 'sharp') throw new Error('Cannot find package sharp');
  return next(name, context);
};\`));`;

const entry = pathToFileURL(path.resolve(import.meta.dirname, '../index.ts')).href;

/** Opens a folder with and without leaving bad images out, and reads a file; one line for the error of each. */
const programOf = (root: string, file: string): string => `import { seedOf } from '@understory/core';
import { images, readImage } from '${entry}';
const told = ({ code, message }) => console.log(JSON.stringify({ code, message }));
const root = ${JSON.stringify(root)};
for (const onBadImage of ['error', 'skip'])
  await images({ root, onBadImage })({ seed: seedOf(1) }).catch(told);
await readImage(${JSON.stringify(file)}, [8, 8]).catch(told);`;

it('without sharp the package is imported, and says what is missing instead of calling images bad', async () => {
  const hooks = path.join(folder, 'missing.mjs');
  writeFileSync(hooks, MISSING);
  const files = ['a', 'b'].map((name) => path.join(folder, 'images', name, '0.png'));
  for (const file of files) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, await plain([200, 30, 60]).png().toBuffer());
  }
  const program = programOf(path.join(folder, 'images'), files[0] ?? '');
  const node = ['--import', tsx, '--import', pathToFileURL(hooks).href, '--conditions=@understory/source'];
  const said = execFileSync(process.execPath, [...node, '--input-type=module', '-e', program], {
    ...{ cwd: import.meta.dirname, encoding: 'utf8' },
  });
  const missing = {
    code: 'no-decoder',
    message: 'sharp, which decodes images, cannot be loaded: Cannot find package sharp',
  };
  const lines = said.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([missing, missing, missing]);
});
