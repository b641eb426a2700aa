// What a run's exports give beside the run itself: every format and way to keep weights, in its own runtime, on the test images.
//   npm run check:exports -- <run> [folder for the files] [a Python that has onnx, onnxruntime and tensorflow]
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  DATASET,
  EXPORT_FORMAT,
  float32,
  LABEL,
  seedOf,
  type NdArray,
  type Samples,
  type Spec,
} from '@understory/core';
import { loadEngine, openSavedModel } from '@understory/engine';
import { readTrained } from '../load/loadNetwork.ts';
import { openRegistry } from '../session.ts';
import { exportRun, type ExportedRun } from '../use/export/exportRun.ts';
import { CALIBRATED, ROUNDED } from './exports/formats.test.support.ts';

const [run, folder = mkdtempSync(path.join(os.tmpdir(), 'exports-')), python] = process.argv.slice(2);
if (run === undefined) throw new Error('Say which run: npm run check:exports -- runs/emoji-cds');

const BATCH = 64;
const trained = await readTrained(run, 'best');
const { config, folder: from } = trained.info;
await loadEngine();
const registry = await openRegistry(config.plugins, from);
const opened = await registry.make(DATASET, config.dataset)({ seed: seedOf(config.seed).at('dataset') });

const labelsOf = (samples: Samples): Int32Array => {
  if (samples.groups) return samples.groups;
  throw new Error(`The images of this run have no ${LABEL} each.`);
};

/** Batches of pixels and classes. */
async function* batches(samples: Samples): AsyncGenerator<readonly [pixels: NdArray, labels: Int32Array]> {
  const labels = labelsOf(samples);
  for (let at = 0; at < samples.length; at += BATCH) {
    const positions = Int32Array.from({ length: Math.min(BATCH, samples.length - at) }, (_, i) => at + i);
    const data = Float32Array.from(await samples.read(positions));
    yield [float32(data, [positions.length, ...samples.size, 3]), labels.slice(at, at + BATCH)];
  }
}

const likeliest = (row: ArrayLike<number>): number => Array.from(row).indexOf(Math.max(...Array.from(row)));

/** Accuracy of an export on all test images, as far as it says one class an image. */
const accuracyOf = async (format: Spec, { files, outputs = [] }: ExportedRun): Promise<number> => {
  const model = await registry.make(EXPORT_FORMAT, format).open!({
    files,
    outputs,
    savedModel: openSavedModel,
  });
  let right = 0;
  for await (const [pixels, labels] of batches(opened.test)) {
    const { data, shape } = (await model.run(pixels))[outputs[0]!]!;
    const classes = shape[1]!;
    labels.forEach(
      (label, i) => (right += Number(likeliest(data.subarray(i * classes, (i + 1) * classes)) === label)),
    );
  }
  await model.close();
  return right / opened.test.length;
};

const rows: string[] = [];
for (const format of [...ROUNDED, ...CALIBRATED]) {
  const [name, options] = format as [string, Record<string, string>];
  const target = path.join(folder, [name, ...Object.values(options)].join('-'));
  const calibrate = CALIBRATED.includes(format) ? {} : undefined;
  const made = await exportRun({ run, folder: target, format, verify: true, calibrate });
  const apart = Math.max(...Object.values(made.verified!.differences));
  const size = made.files.reduce((sum, file) => sum + statSync(file).size, 0);
  const accuracy = await accuracyOf(format, made);
  const told = Object.values(options).join(', ');
  rows.push(
    `| ${name} | ${told} | ${(size / 1e6).toFixed(2)} MB | ${apart.toExponential(1)} | ${(100 * accuracy).toFixed(2)} % | ${made.verified!.runtime} |`,
  );
  process.stdout.write(`${rows.at(-1)!}\n`);
}
for await (const [pixels] of batches(opened.test)) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'pixels.f32'), new Uint8Array(pixels.data.buffer));
  writeFileSync(path.join(folder, 'pixels.json'), JSON.stringify(pixels.shape));
  break;
}
await opened.close?.();
if (python !== undefined)
  execFileSync(python, [path.join(import.meta.dirname, '../../../../tooling/exports/judge.py'), folder], {
    stdio: 'inherit',
  });
