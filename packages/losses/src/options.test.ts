import type { AnyPlugin } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { supCon, triplet } from './index.ts';
import { choice, positive, readOptions, whole, type Options } from './options.ts';
import { classificationLossPlugins, lossPlugins, selfSupervisedLossPlugins } from './plugins/index.ts';
import { schemaOf } from './plugins/schemaOf.ts';

const accepts = (call: () => unknown): boolean => {
  try {
    call();
    return true;
  } catch {
    return false;
  }
};

const table = {
  temperature: positive(0.07, 'divides the cosines'),
  views: whole(2, 1, 'views stacked in the features'),
  anchors: choice(['all', 'first'], 'all', 'rows that look'),
} satisfies Options;

it('gives what is said, and defaults for the rest', () => {
  expect(readOptions('x', table, { views: 3, anchors: undefined })).toEqual(
    schemaOf(table).parse({ views: 3 }),
  );
  expect(readOptions('x', table, {})).toEqual({ temperature: 0.07, views: 2, anchors: 'all' });
});

describe.each<AnyPlugin>(
  [...lossPlugins, ...classificationLossPlugins, ...selfSupervisedLossPlugins].filter(
    (p) => p.create.length > 0 || p.name === 'supcon',
  ),
)('$name', ({ options, create }) => {
  it('refuses in the function what its schema refuses in a config, and nothing else', () => {
    const keys = [...Object.keys(options.parse({}) as object), 'another'];
    const value = fc.oneof(
      fc.double({ min: -2, max: 300 }),
      fc.integer({ min: -2, max: 300 }),
      fc.constantFrom(
        ...['all', 'first', 'hard', 'views', 'labels', '', '1', null, undefined, true, NaN, Infinity, []],
      ),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 2 }), (given) => {
        expect(accepts(() => create(given))).toBe(accepts(() => options.parse(given)));
      }),
      { seed: 1 },
    );
  });
});

it.each([
  [
    () => supCon({ temperature: 0 }),
    'supcon: option "temperature" is 0. Give a number above 0: divides the cosines, no unit.',
  ],
  [() => supCon({ anchors: 'last' as never }), /"anchors" is "last". Give one of "all", "first"/],
  [() => supCon({ views: 1.5 }), /"views" is 1.5. Give a whole number of 1 or more/],
  [
    () => supCon({ temprature: 1 } as never),
    /no option "temprature". Did you mean "temperature"\? Known: temperature, /,
  ],
  [() => triplet([] as never), /options are an object, not \[\]/],
  [() => triplet(null as never), /options are an object, not null/],
])('names the option, its value and what it is to be, case %#', (call, message) => {
  expect(call).toThrow(expect.objectContaining({ code: 'bad-option' }));
  expect(call).toThrow(message);
});
