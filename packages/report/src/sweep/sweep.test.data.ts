import type { SweepInput, SweepTrial } from './input.ts';

const KINDS = ['sgd', '["adam",{"decay":0.0001}]', 'lars'];

const trialOf = (i: number): SweepTrial => {
  const rate = Number((0.01 * 20 ** (((i * 7) % 16) / 16)).toPrecision(3));
  const [weight, kind] = [(i * 5) % 4, i % 3];
  const value = 0.5 + 0.03 * weight + 0.05 * Math.sin(3 * Math.log(rate)) - 0.02 * kind;
  const states = { 3: 'stopped', 8: 'stopped', 11: 'failed' } as const;
  const state = i in states ? states[i as keyof typeof states] : 'ended';
  return {
    ...{ number: i + 1, state, seconds: 75 + i, own: i === 2 },
    values: [
      { text: ['0.1', '0.3', '0.6', '1'][weight] ?? '', at: weight },
      { text: String(rate), at: rate },
      { text: KINDS[kind] ?? '', at: kind },
    ],
    ...(state !== 'failed' && { value }),
    ...(state === 'ended' && { deviation: 0.004 + 0.001 * kind, toBest: '-2.40 (-3.50 to -1.30) *' }),
    ...(state === 'stopped' && { note: 'stopped after epoch 3 of 10, seed 0' }),
    ...(state === 'failed' && { note: 'failed: At step 3: Step train gave values that are not finite' }),
  };
};

const order = { ended: 0, stopped: 1, begun: 2, failed: 3 };

/** A sweep over a listed key, a logarithmic range and a plugin, with trials of every state. */
export const sampleSweep = (): SweepInput => ({
  ...{ title: 'Sweep of emoji', date: '2026-11-28T12:00:00Z', dataset: 'emoji' },
  measure: { name: 'accuracy', goal: 'max' },
  axes: [
    { key: 'objectives.1.weight', values: ['0.1', '0.3', '0.6', '1'] },
    { key: 'schedule.rate', range: { from: 0.01, to: 0.2, log: true } },
    { key: 'optimizer', values: KINDS },
  ],
  trials: Array.from({ length: 16 }, (_, i) => trialOf(i)).sort(
    (a, b) => order[a.state] - order[b.state] || (b.value ?? 0) - (a.value ?? 0),
  ),
  summary:
    '16 trials by random search, 3 seeds each: 13 at their end, 2 stopped early (the median rule, from 3 epochs on), 1 failed.',
  notes: [
    'Chosen by accuracy (more is better) on validation images after the last epoch. The test images were left aside.',
    'The best of 13 was chosen by these very numbers, so its lead is too large on average.',
  ],
  commands: [
    {
      does: 'The sweep, which goes on where it was stopped',
      command:
        "understory sweep emoji.yaml --over objectives.1.weight=0.1,0.3,0.6,1 --over 'schedule.rate=log(0.01..0.2)'",
    },
  ],
});
