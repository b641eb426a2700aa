import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openRegistry } from '../session.ts';
import { resolvePlugin } from './resolvePlugin.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plugins-'));
mkdirSync(path.join(folder, 'own'));
const plugin = `{ token: { key: 'loss' }, name: 'mine' as string, options: { parse: (v: unknown) => v }, create: () => 1 }`;
writeFileSync(path.join(folder, 'own.ts'), `export { mine, count } from './own/mine.ts';`);
writeFileSync(
  path.join(folder, 'own/mine.ts'),
  `export const mine = ${plugin}; export const count: number = 1;`,
);
writeFileSync(
  path.join(folder, 'again.ts'),
  `import { mine } from './own/mine.js'; export const all = [mine];`,
);
writeFileSync(path.join(folder, 'wrong.ts'), `export const a = 1;\nexport const = 1;`);
writeFileSync(path.join(folder, 'lacks.ts'), `import x from '@somebody/left-pad/deep'; export const y = x;`);

const messageOf = (name: string): Promise<string> =>
  openRegistry([name], folder).then(
    () => 'nothing was wrong',
    (error: unknown) => (error as Error).message,
  );

describe('plugins that a config names', () => {
  it('are files in TypeScript too, which import each other, and each is one', async () => {
    const registry = await openRegistry(['./own.ts', './again.ts'], folder);
    expect(registry.list({ key: 'loss' }).filter(({ name }) => name === 'mine')).toHaveLength(1);
  });

  it('count from the config', async () => {
    expect(await resolvePlugin(folder)('./own.ts')).toBe(pathToFileURL(path.join(folder, 'own.ts')).href);
    expect(await resolvePlugin(folder)('@understory/nobody')).toBe('@understory/nobody');
  });

  it.each(['import', 'default', 'node'])(
    'are found beside the config by the condition "%s"',
    async (condition) => {
      const home = path.join(folder, 'node_modules', `for-${condition}`);
      mkdirSync(home, { recursive: true });
      const exports = { '.': { [condition]: './plugin.js' } };
      writeFileSync(
        path.join(home, 'package.json'),
        JSON.stringify({ name: `for-${condition}`, type: 'module', exports }),
      );
      writeFileSync(
        path.join(home, 'plugin.js'),
        `export const mine = ${plugin.replace(' as string', '').replace(': unknown', '')};`,
      );
      const registry = await openRegistry([`for-${condition}`], folder);
      expect(registry.list({ key: 'loss' }).some(({ name }) => name === 'mine')).toBe(true);
    },
  );

  it.each([
    ['./own', /"\.\/own": there is no file .*Did you mean "\.\/own\.ts"\?/],
    ['./own/mien.ts', /Did you mean "\.\/own\/mine\.ts"\?/],
    ['./nowhere/at-all.ts', /there is no file .*counts from the config's folder, and is written whole\.$/],
    ['own.ts', /no package of that name is installed, but there is a file\. Write "\.\/own\.ts"\.$/],
    ['left-pad-of-nobody', /npm install left-pad-of-nobody/],
    ['./wrong.ts', /wrong\.ts:2:\d+: Unexpected token\. Correct the file/],
    ['./lacks.ts', /Run `npm install @somebody\/left-pad` in the folder of the file\.$/],
  ])('are refused in one line that helps: %s', async (name, message) => {
    const said = await messageOf(name);
    expect(said).toMatch(message);
    expect(said).toMatch(/^.{1,399}$/);
  });
});
