import type { Spec } from '@understory/core';
import { describe, expect, it } from 'vitest';
import type { Evidence } from './evidence.ts';
import { proposalOf } from './proposal.ts';
import { truthRegistry } from './truth.test.support.ts';
import { factorOf, verdictOf } from './verdict.ts';

const seen = (agreement: number, gain?: number, more: Partial<Evidence> = {}): Evidence => ({
  ...{ tap: 'stage1', strength: 0.2, loss: { first: 5, last: 4.8 } },
  agreement: { mean: agreement, error: 0.01 },
  ...(gain !== undefined && { knows: { with: 0.5 + gain, without: 0.5, gain: { mean: gain, error: 0.02 } } }),
  ...more,
});

describe('a verdict on a stage', () => {
  it('follows what is told from chance, and says where that does not agree', () => {
    expect(verdictOf(seen(0.05))).toBe('helps');
    expect(verdictOf(seen(0.01, 0.1))).toBe('helps');
    expect(verdictOf(seen(-0.05, -0.1))).toBe('hurts');
    expect(verdictOf(seen(0.01, -0.03))).toBe('idle');
    expect(verdictOf(seen(-0.05, 0.1))).toBe('unclear');
    expect(verdictOf(seen(NaN, NaN))).toBe('idle');
  });
  it('is that it hurts where its own loss grows and nothing speaks for it', () => {
    const grown = { loss: { first: 5, last: 7 } };
    expect(verdictOf(seen(0.001, 0.01, grown))).toBe('hurts');
    expect(verdictOf(seen(0.05, 0.01, grown))).toBe('helps');
  });
  it('weakens a loss that drowns the task', () => {
    expect(factorOf(seen(0.05, 0.1, { strength: 4 }))).toBe(0.25);
    expect(factorOf(seen(0.05))).toBe(1);
    expect(factorOf(seen(-0.05))).toBeUndefined();
  });
});

describe('a proposal', () => {
  const cds = (options: Readonly<Record<string, unknown>>): Spec => ['contrastive-deep-supervision', options];
  const of = (
    objectives: Parameters<typeof proposalOf>[1]['objectives'],
    supervised: string[][],
    f: object,
  ) => proposalOf(truthRegistry, { objectives }, { supervised, factors: new Map(Object.entries(f)) });

  it('keeps what helps, with factors, and all other options', () => {
    const config = ['cross-entropy', cds({ weight: 0.2, perTap: { stage1: 2, final: 0.5 } })];
    const factors = { stage1: 0.25, stage2: undefined, stage3: 1 };
    expect(of(config, [[], ['stage1', 'stage2', 'stage3']], factors).objectives).toEqual([
      'cross-entropy',
      cds({ weight: 0.2, taps: ['stage1', 'stage3'], perTap: { stage1: 0.5, final: 0.5 } }),
    ]);
  });
  it('leaves an objective as it stands where nothing changes, and out where nothing is kept', () => {
    const config = ['cross-entropy', 'contrastive-deep-supervision', 'deeply-supervised-nets'];
    const found = of(config, [[], ['stage1'], ['stage2']], { stage1: 1, stage2: undefined });
    expect(found.objectives).toEqual(['cross-entropy', 'contrastive-deep-supervision']);
    expect(found.dropped).toEqual(['deeply-supervised-nets']);
  });
  it('says which objective it cannot change', () => {
    const found = of(['cross-entropy'], [['stage1', 'stage2']], { stage1: 1, stage2: undefined });
    expect(found).toEqual({ objectives: ['cross-entropy'], fixed: ['cross-entropy'], dropped: [] });
  });
});
