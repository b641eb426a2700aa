import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { LOSS, METRIC, OBJECTIVE, token, UnderstoryError, type Registry } from '@understory/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPlugins } from './loadPlugins.ts';
import { createRegistry } from './registry.ts';

const SOURCE = `
const options = { parse: (value) => value };
const plugin = (key, name, create) => ({ token: { key }, name, summary: '', options, create });
const boom = () => { throw new TypeError('x is not a function'); };
export const meant = plugin('meant', 'meant', ({ UnderstoryError }) => { throw new UnderstoryError('data', 'There is no data.'); });
export const made = plugin('loss', 'made', boom);
export const called = plugin('loss', 'called', () => boom);
export const built = plugin('objective', 'built', () => ({ name: 'built', build: async () => ({ modules: {}, terms: boom }) }));
class Counter { #n = 0; begin() { this.#n += 1; return { add: boom, end: () => this.#n }; } }
export const counted = plugin('metric', 'counted', () => ({ own: 3, begin: () => new Counter().begin() }));
export const nothing = plugin('loss', 'nothing', () => () => { throw 'text alone'; });
`;

let registry: Registry;
beforeAll(async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'guarded-')), 'mine.mjs');
  writeFileSync(file, SOURCE);
  registry = createRegistry(await loadPlugins(['./mine.mjs'], () => pathToFileURL(file).href));
});

const OF = 'of "./mine.mjs": x is not a function';

describe('an error of a plugin that was loaded', () => {
  it('names the plugin and its file where it is made, and where what it made is called', () => {
    expect(() => registry.make(LOSS, 'made')).toThrow(`loss "made" ${OF}`);
    const loss = registry.make(LOSS, 'called') as unknown as () => unknown;
    expect(loss).toThrow(`loss "called" ${OF}`);
  });

  it('names it once, in what an objective builds and a metric begins', async () => {
    const { terms } = await registry.make(OBJECTIVE, 'built').build({} as never);
    expect(() => terms({} as never)).toThrow(/^objective "built" of "\.\/mine\.mjs": x is not a function$/);
    const metric = registry.make(METRIC, 'counted');
    const pass = metric.begin({ classes: [], size: [1, 1] } as never);
    expect(() => {
      pass.add({} as never);
    }).toThrow(`metric "counted" ${OF}`);
    expect(pass.end()).toBe(1);
    expect(metric).toMatchObject({ own: 3 });
  });

  it('that is text alone becomes one', () => {
    const loss = registry.make(LOSS, 'nothing') as unknown as () => unknown;
    expect(loss).toThrow('loss "nothing" of "./mine.mjs": text alone');
  });

  it('that is meant for people stays as it is', () => {
    const make = (): unknown => registry.make(token('meant'), ['meant', { UnderstoryError }]);
    expect(make).toThrow(/^There is no data\.$/);
    expect(make).toThrow(UnderstoryError);
  });
});
