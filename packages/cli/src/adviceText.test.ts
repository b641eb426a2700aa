import type { Advice, TapAdvice } from '@understory/runs';
import { expect, it } from 'vitest';
import { adviceText } from './adviceText.ts';

const tap = (name: string, more: Partial<TapAdvice>): TapAdvice => ({
  ...{ tap: name, verdict: 'helps', factor: 1, strength: 0.2 },
  agreement: { mean: 0.05, error: 0.01 },
  knows: { with: 0.6, without: 0.5, gain: { mean: 0.1, error: 0.02 } },
  loss: { first: 5, last: 4 },
  ...more,
});

const advice = (taps: readonly TapAdvice[], more: Partial<Advice> = {}): Advice => ({
  ...{ taps, objectives: ['cross-entropy'], fixed: [], dropped: [], tried: false, compared: true },
  ...{ images: { train: 480, measured: 240 }, seeds: 1, epochs: 3, seconds: 75 },
  ...more,
});

it('tells of each stage what was seen, what follows, and how sure that is', () => {
  const text = adviceText(
    advice(
      [
        tap('stage1', { verdict: 'hurts', factor: undefined, agreement: { mean: -0.05, error: 0.01 } }),
        tap('stage2', { verdict: 'idle', factor: undefined, agreement: { mean: 0.001, error: 0.01 } }),
        tap('stage3', { factor: 0.25, strength: 4 }),
      ],
      { objectives: ['cross-entropy', ['deeply-supervised-nets', { taps: ['stage3'] }]] },
    ),
  );
  expect(text).toContain(
    '1 seed, 3 epochs of 480 training images each, with losses on the stages and without',
  );
  expect(text).toMatch(/stage1: its loss pulls against the task; .*Leave it out\./);
  expect(text).toMatch(/stage2: its loss pulls neither with the task nor against it; .*Nothing shows/);
  expect(text).toMatch(/stage3: .*more of the classes with it \(\+10\.0 points\).*at 0\.25 of its weight/);
  expect(text).toContain('With --seeds 3');
  expect(text).toContain('  - ["deeply-supervised-nets",{"taps":["stage3"]}]');
});

it('counts one epoch and one image as one', () => {
  const text = adviceText(advice([], { epochs: 1, images: { train: 1, measured: 1 } }));
  expect(text).toContain('1 seed, 1 epoch of 1 training image each');
  expect(text).toContain('measured on 1 validation image.');
});

it('says that a loss grows, which a negative weight makes it do', () => {
  const grown = tap('stage1', { verdict: 'hurts', factor: undefined, loss: { first: 5, last: 7 } });
  expect(adviceText(advice([grown]))).toContain('is its weight negative?');
});

it('proposes nothing where all may stay, and where no loss is of a stage', () => {
  expect(adviceText(advice([tap('stage1', {})]))).toContain('The config may stay as it is.');
  expect(adviceText(advice([]))).toContain('there is nothing to advise on');
});

it('says what it could not compare, what it tried, and what must be changed by hand', () => {
  const { tap: name, agreement, strength, loss } = tap('stage1', {});
  const alone: TapAdvice = { tap: name, agreement, strength, loss, verdict: 'hurts', factor: undefined };
  const text = adviceText(
    advice([alone], { compared: false, tried: true, fixed: ['knowledge-synergy'], seeds: 3 }),
  );
  expect(text).toContain('contrastive deep supervision was tried');
  expect(text).toContain('# knowledge-synergy has no option for its stages');
  expect(text).toContain('There is no task beside');
  expect(text).toContain('The errors are of 3 seeds');
});
