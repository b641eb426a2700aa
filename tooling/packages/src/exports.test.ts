import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exportsNow, namesExportedBy, type Exports } from './exports.ts';

const KEPT = JSON.parse(readFileSync(new URL('../exports.json', import.meta.url), 'utf8')) as Exports;
const now = exportsNow();

it.each(Object.keys({ ...KEPT, ...now }))('%s exports the names that are written down', (entry) => {
  const cure = 'Where the change is meant, `npm run renew` writes the names down; a changeset tells users.';
  expect(now[entry], cure).toEqual(KEPT[entry]);
});

it('reads every way of exporting a name', () => {
  const text = `
    export { a, type B, c as d } from './x.ts';
    export type { E } from './y.ts';
    export const f = 1, g = 2;
    export interface H {}
    export type I = 1;
    export class J {}
    export function k() {}
    export * as l from './z.ts';
    export default 1;
    const hidden = 1;`;
  expect(namesExportedBy('m.ts', text)).toEqual([
    'J',
    'a',
    'd',
    'default',
    'f',
    'g',
    'k',
    'l',
    'type B',
    'type E',
    'type H',
    'type I',
  ]);
  expect(() => namesExportedBy('m.ts', `export * from './x.ts';`)).toThrow(
    /m\.ts: `export \*` tells no names/,
  );
});
