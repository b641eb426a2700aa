import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ExportFormat } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { filled, disposeAll } from '../testing/detectorRuns.test.support.ts';
import { detectorCases, detectorFile, taskOf } from '../testing/detectors.test.support.ts';
import { isGraph } from './exportModel.ts';
import { readWeights } from './readWeights.ts';
import { safetensorsFormat } from './safetensorsFormat.ts';
import { optionalPackage } from './runtime.ts';
import { savedModelFormat, SavedModelFormatOptions } from './savedModelFormat.ts';
import { tfjsFormat } from './tfjsFormat.ts';

const given = detectorCases[2]!;
const dataset = {
  classes: ['a', 'b', 'c'],
  normalization: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  crop: undefined,
  size: given.size,
} as const;

const written = async (format: ExportFormat): Promise<string> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'export-'));
  const network = filled(given);
  try {
    await format.write({ network, task: taskOf(given), dataset, folder });
  } finally {
    disposeAll(network);
  }
  return folder;
};

describe('a detector', () => {
  it('is written with torchvision’s names, and is the file that it came from', async () => {
    const folder = await written(safetensorsFormat({ names: 'torchvision' }));
    const { tensors, metadata } = await readWeights(path.join(folder, 'model.safetensors'));
    expect(metadata).toMatchObject({ backbone: 'resnet18', task: 'faster-rcnn', names: 'torchvision' });
    const from = detectorFile(given);
    const names = Object.keys(tensors).filter((name) => !name.endsWith('num_batches_tracked'));
    expect(names.sort()).toEqual(Object.keys(from).sort());
    const last = 'roi_heads.box_predictor.cls_score.weight';
    expect(tensors[last]).toEqual(from[last]);
    expect(await readFile(path.join(folder, 'classes.json'), 'utf8')).toBe('["a","b","c"]');
  });

  it('is refused by a format that plain tfjs could not load, where nothing records a graph', async () => {
    await expect(written(tfjsFormat())).rejects.toMatchObject({
      code: 'export',
      message: expect.stringMatching(
        /no layer (?:Enlarged|MapRows|Proposals), .*faster-rcnn.*recordGraph/,
      ) as string,
    });
  });

  it('is refused under names that are unknown for its task', async () => {
    await expect(written(safetensorsFormat({ names: 'timm' }))).rejects.toThrow(/mmdetection/);
  });
});

describe('what runs a format', () => {
  it('is told to be missing before anything is written', async () => {
    const saved = savedModelFormat(SavedModelFormatOptions.parse({}));
    await expect(saved.checkRuntime?.({})).rejects.toMatchObject({ code: 'runtime-missing' });
    await expect(optionalPackage(['no-such-runtime'], 'such files')).rejects.toThrow(
      'Nothing here runs such files: install it with npm install no-such-runtime',
    );
  });

  it('is what runs graphs where a detector is written for plain tfjs', () => {
    const network = filled(given);
    try {
      const made = { network, task: taskOf(given), dataset };
      expect([isGraph(made), isGraph({ ...made, kind: 'layers' })]).toEqual([true, false]);
    } finally {
      disposeAll(network);
    }
  });
});
