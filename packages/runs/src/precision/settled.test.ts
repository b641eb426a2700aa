import { parseConfig, type ExperimentConfig } from '@understory/config';
import { describe, expect, it } from 'vitest';
import { precisionAsBegun, engineOfRun } from './settled.ts';

const configOf = (precision: ExperimentConfig['engine']['precision']): ExperimentConfig =>
  parseConfig({ dataset: 'cifar10', engine: { precision } });

describe('a run that goes on', () => {
  it('keeps the precision that was chosen for it where the config says auto', () => {
    expect(precisionAsBegun(configOf('auto'), configOf('bfloat16-stored')).engine.precision).toBe(
      'bfloat16-stored',
    );
  });
  it('takes another one that the config names', () => {
    expect(precisionAsBegun(configOf('float32'), configOf('bfloat16')).engine.precision).toBe('float32');
  });
  it('has float32 where somebody wrote auto into its file', () => {
    expect(engineOfRun(configOf('auto')).precision).toBe('float32');
  });
});
