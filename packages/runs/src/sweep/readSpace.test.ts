import { describe, expect, it } from 'vitest';
import { readSpace } from './readSpace.ts';

describe('a space is read from', () => {
  it.each([
    ['epochs=5,10', { key: 'epochs', values: [5, 10] }],
    [
      'optimizer=[sgd, { momentum: 0.8 }], adam',
      { key: 'optimizer', values: [['sgd', { momentum: 0.8 }], 'adam'] },
    ],
    ['freeze=null, { upTo: stage1 }', { key: 'freeze', values: [null, { upTo: 'stage1' }] }],
    ['average=0.9..0.999', { key: 'average', from: 0.9, to: 0.999, log: false, whole: false }],
    ['schedule.rate=log(1e-3..0.2)', { key: 'schedule.rate', from: 0.001, to: 0.2, log: true, whole: false }],
    ['epochs=whole( 1 .. 8 )', { key: 'epochs', from: 1, to: 8, log: false, whole: true }],
    ['batch=log-whole(16..256)', { key: 'batch', from: 16, to: 256, log: true, whole: true }],
    ['a.weight=-1..1.5', { key: 'a.weight', from: -1, to: 1.5, log: false, whole: false }],
  ])('%s', (text, dimension) => {
    expect(readSpace([text])).toEqual([dimension]);
  });
});

describe('a space is refused, with the argument and the cure', () => {
  it.each([
    [[], /nothing to search/],
    [['epochs'], /--over takes key=values.*got "epochs"/],
    [['epochs='], /--over epochs=: it has no values/],
    [['epochs=5'], /one value \(5\) is nothing to search.*--set/],
    [['epochs=5,5'], /5 is there twice/],
    [['a=[x, { b: 1 }], [x, { b: 1 }]'], /is there twice/],
    [['rate=0.2..0.1'], /goes from 0\.2 to 0\.1/],
    [['rate=1..1'], /a range goes up/],
    [['rate=log(0..1)'], /above 0/],
    [['batch=whole(1..2.5)'], /whole ends/],
    [['rate=1..1e999'], /two finite ends/],
    [['rate=log(0.1..1'], /no range that can be read/],
    [['rate=exp(0.1..1)'], /no range that can be read/],
    [['rate=0.1..1,5'], /A range stands alone/],
    [['rate=[0.1,'], /--over rate/],
    [['seed=1,2'], /--seeds says how many/],
    [['name=a,b'], /named by its number/],
    [['selectOn=test,validation'], /chosen on validation/],
    [['epochs=1,2', 'epochs=3,4'], /there twice/],
    [['schedule.rate=1,2', 'schedule=cosine,constant'], /would undo schedule\.rate/],
  ])('%j', (over, message) => {
    expect(() => readSpace(over)).toThrow(message);
    expect(() => readSpace(over)).toThrow(/^(?=.{1,399}$)/s);
  });
});
