import { counted, stepsPerEpoch, UnderstoryError, type StreamSource } from '@understory/core';
import type { Locate } from './locate.ts';
import type { ExperimentConfig } from './schema.ts';

/** Tells what is wrong with a key. */
type Refuse = (key: string, text: string) => never;

/** A batch of more images than there are would show some twice at once, or never be full. */
const checkBatch = (
  { name, batch, samples: { length }, labelled }: StreamSource,
  { unlabelled }: ExperimentConfig,
  refuse: Refuse,
): void => {
  if (batch <= length) return;
  const key = labelled ? 'batch' : 'unlabelled.batch';
  const share = unlabelled && labelled;
  const have = share
    ? `"unlabelled.labelled: ${unlabelled.labelled}" keeps ${length} images with their labels`
    : `there are ${length} training images`;
  const orMore = share ? ', or keep a larger share' : '';
  const given = `"${key}" is ${batch}${key === 'batch' && batch === 128 ? ' (the default)' : ''}`;
  const cure = `Set "${key}" to at most ${length}${orMore}: --set ${key}=${Math.max(1, length)}`;
  refuse(key, `${given}, and ${have} (stream "${name}"). ${cure}`);
};

type Streams = readonly [StreamSource, ...StreamSource[]];

const checkAccumulate = (
  streams: Streams,
  { accumulate, epochs, lastBatch }: ExperimentConfig,
  refuse: Refuse,
): void => {
  const perEpoch = stepsPerEpoch({ streams, lastBatch });
  const steps = epochs * perEpoch;
  if (accumulate <= steps) return;
  const run = `the whole run has ${counted(steps, 'step')} (${counted(epochs, 'epoch')} of ${perEpoch})`;
  const cure = `Set "accumulate" to at most ${steps}, or train more epochs.`;
  refuse(
    'accumulate',
    `"accumulate" is ${accumulate}, and ${run}: the weights would change once, at its end. ${cure}`,
  );
};

/**
 * Checks what a config asks for against how many images there are. Throws `config`, with the place where one is known,
 * both numbers and the cure.
 */
export const checkAmounts = (streams: Streams, config: ExperimentConfig, locate?: Locate): void => {
  const refuse: Refuse = (key, text) => {
    throw new UnderstoryError('config', locate ? `${locate(key.split('.'))}: ${text}` : text);
  };
  for (const stream of streams) checkBatch(stream, config, refuse);
  checkAccumulate(streams, config, refuse);
};
