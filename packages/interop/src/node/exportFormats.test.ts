import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ExportFormat } from '@understory/core';
import { UnderstoryError } from '@understory/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { filled, disposeAll } from '../testing/detectorRuns.test.support.ts';
import { detectorCases, detectorFile, taskOf } from '../testing/detectors.test.support.ts';
import { onnxFormat, OnnxFormatOptions } from './onnxFormat.ts';
import { readWeights } from './readWeights.ts';
import { safetensorsFormat } from './safetensorsFormat.ts';
import { optionalPackage } from './runtime.ts';
import { savedModelFormat, SavedModelFormatOptions } from './savedModelFormat.ts';
import { tfjsFormat } from './tfjsFormat.ts';

vi.mock('./runtime.ts', { spy: true });

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

describe('a format whose runtime is not installed', () => {
  afterEach(() => {
    vi.mocked(optionalPackage).mockReset();
  });

  const missing = { code: 'runtime-missing' };
  const takeAway = (): void =>
    void vi.mocked(optionalPackage).mockRejectedValue(new UnderstoryError(missing.code, 'Install it.'));

  it('says so before it writes', async () => {
    takeAway();
    const onnx = onnxFormat(OnnxFormatOptions.parse({}));
    await expect(onnx.checkRuntime?.({})).rejects.toMatchObject(missing);
    const graph = tfjsFormat({ kind: 'graph' });
    await expect(graph.checkRuntime?.({})).rejects.toMatchObject(missing);
    const saved = savedModelFormat(SavedModelFormatOptions.parse({}));
    await expect(saved.checkRuntime?.({})).rejects.toMatchObject(missing);
  });

  it('says so of a detector once its network is there: plain tfjs needs a graph for it', async () => {
    takeAway();
    const network = filled(given);
    try {
      await expect(tfjsFormat().checkRuntime?.({})).resolves.toBeUndefined();
      const made = { network, task: taskOf(given), dataset };
      await expect(tfjsFormat().checkRuntime?.({ network: made })).rejects.toMatchObject(missing);
      await expect(tfjsFormat({ kind: 'layers' }).checkRuntime?.({ network: made })).resolves.toBeUndefined();
    } finally {
      disposeAll(network);
    }
  });
});
