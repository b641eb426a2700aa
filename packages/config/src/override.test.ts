import { UnderstoryError } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { applyOverride } from './override.ts';

const CONTRAST = ['contrastive-deep-supervision', { weight: 1 }];

const config = (): Record<string, unknown> => ({
  dataset: ['emoji', { limit: 240 }],
  epochs: 3,
  views: [['crop'], ['flip', 'grayscale']],
  objectives: ['cross-entropy', [...CONTRAST]],
});

const changed = (override: string): Record<string, unknown> => {
  const value = config();
  applyOverride(value, override);
  return value;
};

describe('a change reaches', () => {
  it.each([
    ['epochs=5', 'epochs', 5],
    ['name="a: b"', 'name', 'a: b'],
    ['dataset.limit=9', 'dataset', ['emoji', { limit: 9 }]],
    ['dataset=cifar10', 'dataset', 'cifar10'],
    ['views.0.0.pad=2', 'views', [[['crop', { pad: 2 }]], ['flip', 'grayscale']]],
    ['views.1.1=invert', 'views', [['crop'], ['flip', 'invert']]],
    ['objectives.0.weight=2', 'objectives', [['cross-entropy', { weight: 2 }], CONTRAST]],
    ['objectives.2=fixmatch', 'objectives', ['cross-entropy', CONTRAST, 'fixmatch']],
    ['unlabelled.batch=8', 'unlabelled', { batch: 8 }],
    // Keys that a file says nothing of begin as they would be.
    ['backbone.width=0.5', 'backbone', ['resnet18', { width: 0.5 }]],
    ['optimizer.momentum=0.8', 'optimizer', ['sgd', { momentum: 0.8 }]],
    ['metrics.0.top=[1, 5]', 'metrics', [['accuracy', { top: [1, 5] }], 'calibration']],
  ])('%s', (override, key, value) => {
    expect(changed(override)[key]).toEqual(value);
  });

  it('the place that it tells', () => {
    expect(applyOverride(config(), 'dataset.limit=9').path).toEqual(['dataset', 1, 'limit']);
    expect(applyOverride(config(), 'objectives.1.weight=9').path).toEqual(['objectives', 1, 1, 'weight']);
  });
});

const LONG = 'x'.repeat(20_000);
const BOMB = `a=[&a [1], ${Array.from({ length: 30 }, (_, i) => `&b${i} [${`*${i ? `b${i - 1}` : 'a'}, `.repeat(9)}]`).join(', ')}]`;

describe('a change is refused, with the argument and the cure', () => {
  it.each([
    ['epochs', /--set takes key=value, such as --set epochs=5; got "epochs"/],
    ['=x', /--set =x: a key without a name/],
    ['a..b=1', /a key without a name/],
    ['.=1', /a key without a name/],
    [' =1', /a key without a name/],
    ['__proto__.x=1', /"__proto__" is no key/],
    ['epochs.__proto__.x=1', /"__proto__" is no key/],
    ['dataset.limit={ __proto__: 1 }', /the key "__proto__"/],
    ['epochs=[', /--set epochs=\[: Flow sequence.*goes in quotes/],
    ['epochs=a: b: c', /--set epochs=a: b: c: .*goes in quotes/],
    ['epochs=*a', /\*a stands for nothing/],
    ['epochs=&a [*a]', /\*a contains itself/],
    ['epochs=!!js/function x', /a tag/],
    ['epochs=1\n---\n2', /a second document/],
    ['epochs=? {}', /a key that is no word/],
    ['epochs.x=3', /"epochs" is 3, which has no keys. Set it itself: --set epochs=/],
    ['batch.x=3', /"batch" is 128, which has no keys/],
    ['dataset.limit.x.y=3', /"dataset.limit" is 240, which has no keys/],
    ['objectives.9.weight=1', /"objectives" is a list without "9": it has 0 to 1/],
    ['objectives.100000000=1', /"objectives" is a list without "100000000"/],
    ['objectives.weight.x=1', /"objectives" is a list without "weight"/],
    ['objectives.-1.weight=1', /a list without "-1"/],
    [`epochs=${LONG}`, /it has 20007 characters/],
    [`${LONG}=1`, /it has 20002 characters/],
    [`epochs=${'['.repeat(9000)}`, /nested more than 64 deep/],
    [BOMB, /too many values|more than/],
  ])('%s', (override, message) => {
    const value = config();
    const refuse = (): unknown => applyOverride(value, override);
    expect(refuse).toThrow(UnderstoryError);
    expect(refuse).toThrow(message);
    expect(refuse).toThrow(/^(?=.{1,399}$)/s);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('in a moment, however far an index reaches', () => {
    const value = config();
    applyOverride(value, 'a.100000000.b=1');
    expect(value['a']).toEqual({ 100000000: { b: 1 } });
  });
});
