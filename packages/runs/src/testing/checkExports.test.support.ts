// What a run's exports give beside the run itself: every format and way to keep weights, in its own runtime, on the test images.
//   npm run check:exports -- <run> [folder for the files] [--python a Python that has onnx, onnxruntime and tensorflow] [--int8: 8 bits alone]
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Spec } from '@understory/core';
import { loadEngine } from '@understory/engine';
import { readTrained } from '../load/loadNetwork.ts';
import { openRegistry } from '../session.ts';
import { exportRun } from '../use/export/exportRun.ts';
import { CALIBRATED, formatText, ROUNDED } from './exports/formats.test.support.ts';
import {
  accuracyOf,
  agreementOf,
  batches,
  classesBy,
  openDataset,
} from './exports/testImages.test.support.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { python: { type: 'string' }, int8: { type: 'boolean', default: false } },
});
const [run, folder = mkdtempSync(path.join(os.tmpdir(), 'exports-'))] = positionals;
if (run === undefined) throw new Error('Say which run: npm run check:exports -- runs/emoji-cds');

const trained = await readTrained(run, 'best');
const { config, folder: from } = trained.info;
await loadEngine();
const registry = await openRegistry(config.plugins, from);
const opened = await openDataset(registry, config);

/** The network itself, as TensorFlow runs it; then what is rounded to 8 bits, and how. */
const EIGHT: readonly Spec[] = [
  'saved-model',
  ['saved-model', { weights: 'int8' }],
  ['tfjs', { weights: 'int8' }],
];
const formats = values.int8 ? [...EIGHT, CALIBRATED[0]!] : [...ROUNDED, ...CALIBRATED];
let own: readonly number[] | undefined;
for (const format of formats) {
  const target = path.join(folder, formatText(format));
  const calibrate = CALIBRATED.includes(format) ? {} : undefined;
  const made = await exportRun({ run, folder: target, format, verify: true, calibrate, overwrite: true });
  const apart = Math.max(...Object.values(made.verified?.differences ?? {}));
  const size = made.files.reduce((sum, file) => sum + statSync(file).size, 0);
  const found = await classesBy(registry, format, made, opened.test);
  own ??= found;
  const share = (x: number): string => `${(100 * x).toFixed(2)} %`;
  const cells = [
    ...[path.basename(run), formatText(format), `${(size / 1e6).toFixed(2)} MB`, apart.toExponential(1)],
    ...[share(accuracyOf(found, opened.test)), share(agreementOf(found, own)), made.verified?.runtime ?? ''],
  ];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
for await (const pixels of batches(opened.test)) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'pixels.f32'), new Uint8Array(pixels.data.buffer));
  writeFileSync(path.join(folder, 'pixels.json'), JSON.stringify(pixels.shape));
  break;
}
await opened.close?.();
if (values.python !== undefined)
  execFileSync(
    values.python,
    [path.join(import.meta.dirname, '../../../../tooling/exports/judge.py'), folder],
    {
      stdio: 'inherit',
    },
  );
