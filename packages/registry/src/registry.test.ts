import { PLACE, plugin, provide, specProblems, token, type Spec } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRegistry } from './registry.ts';

type Sum = (x: number) => number;
const SUM = token<Sum>('sum');
const JOIN = token<string>('join');

const plus = plugin({
  token: SUM,
  name: 'plus',
  summary: 'adds',
  options: z.strictObject({ amount: z.number().default(1), rounding: z.enum(['up', 'down']).default('up') }),
  create:
    ({ amount }): Sum =>
    (x) =>
      x + amount,
});
const twice = plugin({
  token: SUM,
  name: 'twice',
  summary: 'does it twice',
  options: z.strictObject({
    inner: z.custom<Spec>().default('plus'),
    all: z.custom<readonly Spec[]>().default([]),
  }),
  uses: { inner: SUM, all: SUM },
  create:
    ({ inner, all }): Sum =>
    (x) =>
      all.reduce((y, f) => f(y), inner(inner(x))),
});
const registry = createRegistry([plus, twice]);

describe('createRegistry', () => {
  it('makes a plugin by name, with defaults or options', () => {
    expect(registry.make(SUM, 'plus')(1)).toBe(2);
    expect(registry.make(SUM, ['plus', { amount: 5 }])(1)).toBe(6);
  });

  it('makes what options name, alone or in a list, first', () => {
    expect(registry.make(SUM, 'twice')(0)).toBe(2);
    expect(
      registry.make(SUM, [
        'twice',
        { inner: ['plus', { amount: 3 }], all: ['plus', ['plus', { amount: 10 }]] },
      ])(0),
    ).toBe(17);
  });

  it('places options that are paths, which stay as they are written where nobody says from where they count', () => {
    const joined = plugin({
      ...{ token: JOIN, name: 'joined', summary: 'a path and a name' },
      options: z.strictObject({ path: z.string(), name: z.string(), other: z.string().optional() }),
      paths: ['path', 'other'],
      uses: { place: PLACE },
      create: ({ path, name, other, place }) => [path, name, other, place('c')].join(),
    });
    const bare = createRegistry([joined]);
    const spec: Spec = ['joined', { path: 'a', name: 'b' }];
    expect(bare.make(JOIN, spec)).toBe('a,b,,c');
    const placed = bare.provide([provide(PLACE, (written: string) => `/folder/${written}`)]);
    expect(placed.make(JOIN, spec)).toBe('/folder/a,b,,/folder/c');
  });

  it('names the nearest plugin and the choices for an unknown name', () => {
    expect(() => registry.make(SUM, 'pluss')).toThrow(
      /No sum named "pluss". Did you mean "plus"\? Known: plus, twice/,
    );
    expect(() => registry.make(JOIN, 'x')).toThrow(/Known: none/);
  });

  it('names the package of ours that brings a plugin, and how to have it', () => {
    expect(() => registry.make(token('loss'), 'supcon')).toThrow(
      /No loss named "supcon"\. Known: none\. Run `npm install @understory\/losses`, then name "@understory\/losses/,
    );
    const [problem] = specProblems(registry, token('optimizer'), 'sgd'); // as a config is checked
    expect(problem?.text).toMatch(/npm install @understory\/optimizers/);
    expect(registry.cureFor('loss', 'somebodys')).toMatch(/name its package under "plugins"/i);
    expect(registry.cureFor('constructor', 'name')).toMatch(/name its package under "plugins"/i);
  });

  it('names the key, the nearest key and the choices for an unknown option', () => {
    expect(() => registry.make(SUM, ['plus', { amuont: 2 }])).toThrow(
      /sum "plus": unknown key "amuont". Did you mean "amount"\? Known keys: amount, rounding/,
    );
  });

  it('names the key and the value for a wrong one', () => {
    expect(() => registry.make(SUM, ['plus', { amount: 'two' }])).toThrow(/"amount" is "two"/);
    expect(() => registry.make(SUM, ['plus', { rounding: 'upp' }])).toThrow(
      /"rounding" is "upp".*Did you mean "up"/,
    );
  });

  it('reports an error deep in nested options with the inner plugin', () => {
    expect(() => registry.make(SUM, ['twice', { inner: ['plus', { amount: null }] }])).toThrow(
      /sum "plus": "amount" is null/,
    );
  });

  it('keeps registries apart, and refuses two plugins of one name', () => {
    expect(createRegistry([plus]).list(SUM)).toHaveLength(1);
    expect(registry.list(SUM).map((p) => p.name)).toEqual(['plus', 'twice']);
    expect(() => createRegistry([plus, plus])).toThrow(/Two plugins are named "plus"/);
  });
});
