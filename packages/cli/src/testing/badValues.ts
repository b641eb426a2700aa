import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodeSafetensors } from '@understory/core';
import type { Kind } from '../arguments/take.ts';

/** Bytes that no reader knows. */
const GARBAGE = Uint8Array.from({ length: 512 }, (_, i) => (i * 37 + 11) % 256);

/** Files and folders that are sound, and some that are not, in a folder of their own. */
export interface Ground {
  readonly folder: string;
  readonly config: string;
  readonly run: string;
  readonly weights: string;
}

const CONFIG =
  'dataset: [emoji, { limit: 90 }]\nbackbone: [resnet18, { width: 0.0625 }]\nobjectives: [cross-entropy]\n';

const RUN = {
  format: 'understory-run-1',
  config: { dataset: 'emoji', backbone: 'resnet18', objectives: ['cross-entropy'] },
  folder: '/tmp',
  dataset: {
    name: 'emoji',
    classes: ['a', 'b', 'c', 'd'],
    normalization: { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
    size: [32, 32],
  },
};

/** A checkpoint of a network without weights: what is read of it before TensorFlow is loaded is sound. */
export const emptyCheckpoint = (): Uint8Array => {
  const progress = { step: 0, bestEpoch: 0, bestValue: 0.5, sums: {}, seconds: 1 };
  return encodeSafetensors(
    {},
    { format: 'understory-1', progress: JSON.stringify(progress), padding: ' '.repeat(64) },
  );
};

export const prepareGround = (folder: string): Ground => {
  const at = (...names: string[]): string => path.join(folder, ...names);
  mkdirSync(at('run/checkpoints'), { recursive: true });
  mkdirSync(at('empty'));
  writeFileSync(at('config.yaml'), CONFIG);
  writeFileSync(at('run/config.json'), JSON.stringify(RUN));
  writeFileSync(at('run/checkpoints/best.safetensors'), emptyCheckpoint());
  for (const end of ['yaml', 'json', 'png', 'safetensors']) writeFileSync(at(`garbage.${end}`), GARBAGE);
  symlinkSync(at('nowhere'), at('dangling'));
  symlinkSync(at('loop'), at('loop'));
  return {
    folder,
    config: at('config.yaml'),
    run: at('run'),
    weights: at('run/checkpoints/best.safetensors'),
  };
};

const LONG = 'x'.repeat(5000);

/** What every path must be refused as, whether it is read or written. */
const noPlace = (folder: string): string[] => [
  '',
  '  ',
  LONG,
  path.join(folder, 'y'.repeat(300)),
  path.join(folder, 'dangling'),
  path.join(folder, 'loop'),
  path.join(folder, 'config.yaml', 'below-a-file'),
];

/** Values that an argument of a kind must refuse, before TensorFlow is loaded. */
export const badValues = (kind: Kind | 'choice', { folder }: Ground): readonly string[] => {
  const at = (...names: string[]): string => path.join(folder, ...names);
  const garbage = ['yaml', 'json', 'png', 'safetensors'].map((end) => at(`garbage.${end}`));
  const values: Readonly<Record<Kind | 'choice', readonly string[]>> = {
    'input-file': [...noPlace(folder), at('missing'), at('empty'), ...garbage],
    'input-folder': [...noPlace(folder), at('missing'), at('config.yaml')],
    'input-path': [...noPlace(folder), at('missing')],
    'output-file': [...noPlace(folder), at('empty'), at('missing', 'file'), at('new/')],
    'output-folder': [...noPlace(folder), at('config.yaml')],
    number: ['', ' ', 'x', '-1', '1.5', '0x10', 'NaN', 'Infinity', '1e3', '99999999999999999999', LONG],
    text: ['', ' ', LONG.repeat(3), at('missing')],
    choice: ['', 'x', LONG],
  };
  return values[kind];
};
