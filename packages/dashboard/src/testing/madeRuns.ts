import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { EpochEvent, RunEvent, StartEvent, StepEvent } from '@understory/core';

const TIME = Date.parse('2026-11-23T12:00:00Z');

export const startOf = (epochs = 4, stepsPerEpoch = 10): StartEvent => ({
  ...{ type: 'start', run: 'made', engine: 'made up', epochs, stepsPerEpoch, step: 0 },
  parameters: { inference: 1000, heads: 10 },
});

export const stepOf = (step: number, stepsPerEpoch = 10, term = 'cross-entropy/ce'): StepEvent => ({
  ...{ type: 'step', step, epoch: Math.floor(step / stepsPerEpoch), loss: 2 / (1 + step / 50), rate: 0.1 },
  terms: { [term]: 2 / (1 + step / 50), 'contrastive-deep-supervision/stage1': 5 },
  ...{ gradientNorm: 1, imagesPerSecond: 100 + (step % 7), waiting: 0.01 },
});

export const epochOf = (epoch: number, stepsPerEpoch = 10, metric = 'accuracy'): EpochEvent => ({
  ...{
    type: 'epoch',
    epoch,
    step: (epoch + 1) * stepsPerEpoch,
    loss: 1.5 - epoch / 10,
    best: true,
    seconds: 1,
  },
  terms: { 'cross-entropy/ce': 1.25, 'contrastive-deep-supervision/stage1': 4.75 },
  metrics: { [metric]: 0.5 + epoch / 100, 'stage1/knn': 0.3 + epoch / 50, 'stage2/knn': 0.4 + epoch / 50 },
});

/** What a run tells up to so many epochs, and some steps more. */
export const eventsOf = (epochs: number, stepsPerEpoch = 10, more = 3): RunEvent[] => [
  startOf(epochs + 2, stepsPerEpoch),
  ...Array.from({ length: epochs }, (_, epoch) => [
    ...Array.from({ length: stepsPerEpoch }, (__, i) => stepOf(epoch * stepsPerEpoch + i, stepsPerEpoch)),
    epochOf(epoch, stepsPerEpoch),
  ]).flat(),
  ...Array.from({ length: more }, (_, i) => stepOf(epochs * stepsPerEpoch + i, stepsPerEpoch)),
];

export const lineOf = (event: RunEvent): string =>
  `${JSON.stringify({ time: new Date(TIME).toISOString(), ...event })}\n`;

/** Writes a run's folder as a run would. */
export const writeRun = (folder: string, events: readonly RunEvent[], config: unknown = {}): string => {
  mkdirSync(path.join(folder, 'checkpoints'), { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(path.join(folder, 'metrics.jsonl'), events.map(lineOf).join(''));
  return folder;
};
