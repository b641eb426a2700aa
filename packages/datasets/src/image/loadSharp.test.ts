import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
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

/** What a process without sharp says, that has imported the package and reads images of a folder. */
const said = (program: string): unknown => {
  const hooks = path.join(folder, 'missing.mjs');
  writeFileSync(hooks, MISSING);
  const entry = pathToFileURL(path.resolve(import.meta.dirname, '../index.ts')).href;
  const code = `import { seedOf } from '@understory/core';
import { images, readImage } from '${entry}';
const told = ({ code, message }) => console.log(JSON.stringify({ code, message }));
${program}`;
  const args = ['--import', tsx, '--import', pathToFileURL(hooks).href, '--conditions=@understory/source'];
  const options = { cwd: import.meta.dirname, encoding: 'utf8' } as const;
  return JSON.parse(execFileSync(process.execPath, [...args, '--input-type=module', '-e', code], options));
};

const missing = {
  code: 'no-decoder',
  message: 'sharp, which decodes images, cannot be loaded: Cannot find package sharp',
};

describe('without sharp the package is imported, and says what is missing instead of calling images bad', () => {
  const root = path.join(folder, 'images');

  it.each(['error', 'skip'])('when a folder is opened, where bad images are an %s', async (onBadImage) => {
    for (const name of ['a', 'b']) {
      mkdirSync(path.join(root, name), { recursive: true });
      await plain([200, 30, 60])
        .png()
        .toFile(path.join(root, name, '0.png'));
    }
    const options = JSON.stringify({ root, onBadImage });
    expect(said(`await images(${options})({ seed: seedOf(1) }).catch(told);`)).toEqual(missing);
  });

  it('when one file is read', async () => {
    const file = path.join(folder, 'one.png');
    await plain([200, 30, 60]).png().toFile(file);
    expect(said(`await readImage(${JSON.stringify(file)}, [8, 8]).catch(told);`)).toEqual(missing);
  });
});
