import { stepsPerEpoch, UnderstoryError, type StreamSource } from '@understory/core';
import type { ExperimentConfig } from './schema.ts';

const refuse = (what: string, cure: string): never => {
  throw new UnderstoryError('config', `${what} ${cure}`);
};

/** A batch of more images than there are would show some twice at once, or never be full. */
const checkBatch = (
  { name, batch, samples: { length }, labelled }: StreamSource,
  { unlabelled }: ExperimentConfig,
): void => {
  if (batch <= length) return;
  const key = labelled ? 'batch' : 'unlabelled.batch';
  const share = unlabelled && labelled;
  const have = share
    ? `"unlabelled.labelled: ${unlabelled.labelled}" keeps ${length} images with their labels`
    : `there are ${length} training images`;
  const orMore = share ? ', or keep a larger share' : '';
  refuse(
    `"${key}" is ${batch}${key === 'batch' && batch === 128 ? ' (the default)' : ''}, and ${have} (stream "${name}").`,
    `Set "${key}" to at most ${length}${orMore}: --set ${key}=${Math.max(1, length)}`,
  );
};

type Streams = readonly [StreamSource, ...StreamSource[]];

const checkAccumulate = (streams: Streams, { accumulate, epochs, lastBatch }: ExperimentConfig): void => {
  const perEpoch = stepsPerEpoch({ streams, lastBatch });
  const steps = epochs * perEpoch;
  if (accumulate <= steps) return;
  refuse(
    `"accumulate" is ${accumulate}, and the whole run has ${steps} steps (${epochs} epochs of ${perEpoch}): the weights would change once, at its end.`,
    `Set "accumulate" to at most ${steps}, or train more epochs.`,
  );
};

/** Checks what a config asks for against how many images there are. Throws `config`, with both numbers and the cure. */
export const checkAmounts = (streams: Streams, config: ExperimentConfig): void => {
  streams.forEach((stream) => checkBatch(stream, config));
  checkAccumulate(streams, config);
};
