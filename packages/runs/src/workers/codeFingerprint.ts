import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine } from '@understory/engine';

const CODE = /\.[jt]s$/;

/** Of the code that trains: core's files and the engine's version; all workers of a run must have the same. */
export const codeFingerprint = ({ tensorflow, addonPath }: Engine): string => {
  const folder = path.dirname(fileURLToPath(import.meta.resolve('@understory/core')));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => CODE.test(file) && !file.includes('.test.'))
    .sort();
  const hash = createHash('sha256').update(`${tensorflow} ${path.basename(addonPath ?? '')}`);
  for (const file of files) hash.update(file).update(readFileSync(path.join(folder, file)));
  return hash.digest('hex');
};
