import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { schemaKeys } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { ROOT, textOf } from '../pages.ts';
import { LOSS_KINDS, lossPage, lossPlugins, madeLosses, takenBy } from './lossPages.ts';

const names = lossPlugins.map(({ name }) => name);

describe('docs/losses', () => {
  it.each([...madeLosses()])('%s says what the code says', (file, text) => {
    const there = existsSync(path.join(ROOT, file)) ? readFileSync(path.join(ROOT, file), 'utf8') : '';
    expect(there, 'Run: npm run renew').toBe(text);
  });

  it('has a page for each loss, and no other', () => {
    const pages = readdirSync(path.join(ROOT, 'docs/losses')).filter((file) => file.endsWith('.md'));
    expect(pages.sort()).toEqual([...names.map((name) => `${name}.md`), 'README.md'].sort());
    expect(new Set(names).size).toBe(names.length);
    const kinds = new Set(lossPlugins.map(({ token }) => token.key));
    expect([...kinds].sort()).toEqual(Object.keys(LOSS_KINDS).sort());
  });

  it.each(lossPlugins.map((plugin) => [plugin.name, plugin] as const))(
    '%s has a formula, what its terms and options are in it, a config that uses it, and who takes it',
    (name, plugin) => {
      const text = textOf(lossPage(name));
      expect(text).toMatch(/^\$\$\n[^$]*\\mathcal L[^$]*\n\$\$$/m);
      const written = text.split('<!-- made: facts -->')[0] ?? '';
      expect(written.match(/^- .*\$/gm)?.length).toBeGreaterThan(0);
      const shared = /As in \[|as in \[/.test(written) ? ['temperature', 'baseTemperature', 'anchors'] : [];
      const silent = schemaKeys(plugin.options).filter(
        (key) => key !== 'views' && !shared.includes(key) && !written.includes(`\`${key}`),
      );
      expect(silent).toEqual([]);
      expect(/^```yaml\n([^]*?)^```/m.exec(text)?.[1]).toMatch(new RegExp(`loss: ${name}[ ,]`));
      expect(takenBy(plugin).length).toBeGreaterThan(0);
    },
  );
});
