// Writes every network that the registry knows by every export format, runs each file in the program that it is for, and compares: all
// backbones, all tasks, and a run of every objective. A quarter of an hour.
//   npm run check:exports:all -- [--only resnet18,…] [--parts families,tasks,objectives] [--out folder] [--python a Python with onnx, onnxruntime, tensorflow]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { AnyPlugin } from '@understory/core';
import { loadEngine } from '@understory/engine';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { compareExports, writeWanted, type ComparedExport } from './compareExports.test.support.ts';
import { LAYOUTS } from './formats.test.support.ts';
import { disposeNetwork } from './networks.test.support.ts';
import { familyNetworks, taskNetworks, type NamedNetwork } from './cases.test.support.ts';
import { exportEveryObjective } from './objectives.test.support.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    parts: { type: 'string', default: 'families,tasks,objectives' },
    out: { type: 'string' },
    python: { type: 'string' },
  },
});
const parts = values.parts.split(',');
const only = values.only?.split(',');
const out = values.out ?? mkdtempSync(path.join(os.tmpdir(), 'exports-'));
const ROOT = path.join(import.meta.dirname, '../../../../..');

await loadEngine();
const EXAMPLES = ['multi-label', 'segmentation'].map((name) =>
  path.join(ROOT, 'examples', name, 'plugins/index.ts'),
);
const examples = await Promise.all(
  EXAMPLES.map((file) => import(file) as Promise<Record<string, AnyPlugin>>),
);
const registry = createRegistry([...defaultPlugins, ...examples.flatMap((made) => Object.values(made))]);

let faults = 0;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const told = ({ apart, fault, refused }: ComparedExport): string => {
  if (fault !== undefined) return 'wrong';
  return refused ? '–' : apart.toExponential(1);
};
const row = (name: string, compared: readonly ComparedExport[]): void => {
  say(`| ${[name, ...compared.map(told)].join(' | ')} |`);
  for (const { format, fault } of compared) if (fault) say(`  ${format}: ${fault}`);
  faults += compared.filter(({ fault }) => fault).length;
};

const walk = async (cases: Iterable<NamedNetwork>): Promise<void> => {
  for (const { name, make } of cases) {
    if (only && !only.includes(name)) continue;
    const made = make();
    const folder = path.join(out, name);
    row(name, await compareExports(registry, made, LAYOUTS, folder));
    if (values.python === undefined) rmSync(folder, { recursive: true, force: true });
    else await writeWanted(made, folder);
    disposeNetwork(made);
  }
};

if (parts.includes('families')) await walk(familyNetworks(registry));
if (parts.includes('tasks')) await walk(taskNetworks(registry));
if (parts.includes('objectives'))
  for await (const [name, compared] of exportEveryObjective(createRegistry(defaultPlugins), out, only))
    row(name, compared);
if (values.python !== undefined)
  execFileSync(values.python, [path.join(ROOT, 'tooling/exports/judgeAll.py'), out], { stdio: 'inherit' });
if (values.out === undefined) rmSync(out, { recursive: true, force: true });
if (faults > 0) throw new Error(`${faults} files are wrong.`);
