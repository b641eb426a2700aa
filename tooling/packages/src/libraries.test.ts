import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LIBRARIES_FILE, librariesNow, type Libraries } from './libraries.ts';

const KEPT = JSON.parse(readFileSync(LIBRARIES_FILE, 'utf8')) as Libraries;
const now = await librariesNow();

it.each(Object.keys({ ...KEPT, ...now }))(
  'importing %s loads the libraries that are written down',
  (entry) => {
    const cure =
      'A library that only some calls need is loaded by `import()` there. `npm run renew` writes them down.';
    expect(now[entry], cure).toEqual(KEPT[entry]);
  },
);
