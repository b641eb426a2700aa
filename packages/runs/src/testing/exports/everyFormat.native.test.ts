import { BACKBONE, EXPORT_FORMAT, readSpec, TASK } from '@understory/core';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../runFolders.ts';
import { familyNetworks, taskNetworks } from './cases.test.support.ts';
import { compareExports } from './compareExports.test.support.ts';
import { LAYOUTS } from './formats.test.support.ts';
import { disposeNetwork, smallNetwork } from './networks.test.support.ts';

// The cheap part of `npm run check:exports:all`, which does this with every backbone, every task and a run of every objective.
const registry = createRegistry(defaultPlugins);
const namesOf = (plugins: readonly { readonly name: string }[]): string[] =>
  plugins.map(({ name }) => name).sort();

it('walks every format, backbone and task that the registry knows', () => {
  const walked = new Set(LAYOUTS.map((spec) => readSpec(spec)?.[0] ?? ''));
  expect([...walked].sort()).toEqual(namesOf(registry.list(EXPORT_FORMAT)));
  expect(namesOf(familyNetworks(registry))).toEqual(namesOf(registry.list(BACKBONE)));
  for (const { name } of registry.list(TASK))
    expect(taskNetworks(registry).some((one) => one.name.startsWith(name))).toBe(true);
});

it('finds that the files of a small network give what the network gives, in every format', async () => {
  const plugin = registry.list(BACKBONE).find(({ name }) => name === 'mobilenetv2')!;
  const made = smallNetwork(registry, plugin);
  const compared = await compareExports(registry, made, LAYOUTS, temporaryFolder());
  disposeNetwork(made);
  expect(compared.map(({ format, fault }) => [format, fault])).toEqual(
    ['onnx', 'onnx-nchw', 'saved-model', 'tfjs-layers', 'tfjs-graph', 'safetensors'].map((format) => [
      format,
      undefined,
    ]),
  );
  for (const { format, apart } of compared) expect(apart, format).toBeLessThan(1e-4);
});
