import { nearest, schemaKeys, specProblems } from '@understory/core';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);
const cases = defaultPlugins.flatMap(({ token, name, options }) =>
  schemaKeys(options).map((option) => [token.key, name, option] as const),
);

describe.each([...new Set(cases.map(([kind]) => kind))])('options of every %s', (kind) => {
  const own = cases.filter(([of]) => of === kind);

  it('are named, and the nearest one, where they are misspelt', () => {
    for (const [, name, option] of own) {
      const known = schemaKeys(registry.list({ key: kind }).find((p) => p.name === name)?.options);
      const wrong = `${option}q`;
      const problems = specProblems(registry, { key: kind }, [name, { [wrong]: 1 }], ['at']);
      const found = problems.find(({ path }) => path.at(-1) === wrong);
      expect(found?.path, `${name}.${option}`).toEqual(['at', 1, wrong]);
      expect(found?.text).toContain(`${kind} "${name}": unknown key "${wrong}"`);
      expect(found?.text).toContain(`Did you mean "${nearest(wrong, known)!}"`);
    }
  });

  it('are named with their value where that is of another type', () => {
    for (const [, name, option] of own) {
      const problems = specProblems(registry, { key: kind }, [name, { [option]: { wrong: [Number.NaN] } }]);
      const found = problems.filter(({ path }) => path[0] === 1 && path[1] === option);
      expect(found.length, `${name}.${option}`).toBeGreaterThan(0);
      for (const { text } of found) {
        expect(text, `${name}.${option}`).toMatch(/expected|unknown key|no form/);
        expect(text).not.toContain('null');
      }
    }
  });
});
