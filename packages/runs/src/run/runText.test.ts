import { describe, expect, it } from 'vitest';
import { epochText, startText, termsText } from './runText.ts';

const CDS = 'contrastive-deep-supervision';
const DSN = 'deeply-supervised-nets';

it('a start counts epochs and steps, one or several', () => {
  const start = {
    type: 'start',
    ...{ run: 'pets', engine: 'eager', step: 0, units: {} },
    parameters: { inference: 1000, heads: 0 },
  } as const;
  expect(startText({ ...start, epochs: 1, stepsPerEpoch: 1 })).toBe(
    'pets: 1,000 parameters, 1 epoch of 1 step',
  );
  expect(startText({ ...start, epochs: 2, stepsPerEpoch: 3 })).toMatch(/, 2 epochs of 3 steps$/);
});

describe('terms of a loss', () => {
  it('go by their last word', () => {
    expect(termsText({ 'cross-entropy/ce': 0.5, [`${CDS}/stage1`]: 3 })).toBe('ce 0.50 stage1 3.00');
  });

  it('of two objectives that have one name are told apart', () => {
    const terms = { [`${CDS}/stage1`]: 3, [`${DSN}/stage1`]: 1, [`${CDS}/final`]: 2 };
    expect(termsText(terms)).toBe('cds.stage1 3.00 dsn.stage1 1.00 final 2.00');
    expect(termsText({ [`${CDS}/stage1`]: 3, [`${CDS}-2/stage1`]: 1 })).toBe(
      'cds.stage1 3.00 cds2.stage1 1.00',
    );
  });

  it('go by their whole names where a few letters are the same too', () => {
    expect(termsText({ 'cool-down-step/a': 1, 'clear-deep-sea/a': 2 })).toBe(
      'cool-down-step/a 1.00 clear-deep-sea/a 2.00',
    );
  });

  it('are left out of an epoch in brief', () => {
    const epoch = {
      type: 'epoch',
      epoch: 0,
      step: 1,
      loss: 2,
      terms: { 'a/b': 2 },
      metrics: {},
      best: false,
      seconds: 1,
    } as const;
    expect(epochText(epoch, { epochs: 1 })).toContain('(b 2.00)');
    expect(epochText(epoch, { epochs: 1, brief: true })).not.toContain('(');
  });
});
