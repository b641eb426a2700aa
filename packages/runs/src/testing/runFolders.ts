import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeSafetensors } from '@understory/core';

export const temporaryFolder = (): string => mkdtempSync(path.join(tmpdir(), 'understory-'));

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

export interface Line {
  readonly type: string;
  readonly step: number;
  readonly loss?: number;
  readonly terms?: Readonly<Record<string, number>>;
}

/** The events of a run, from its metrics.jsonl; none where there is no file yet. */
export const metricsOf = (folder: string): Line[] => {
  let text = '';
  try {
    text = readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
};
