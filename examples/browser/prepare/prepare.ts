/** Writes what the page shows of a run: `tsx prepare/prepare.ts --run runs/emoji-page [--out public] [--drawings 450]`. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { classesOf, eagerRunner, seedOf } from '@understory/core';
import { emoji } from '@understory/emoji';
import { loadCpu, loadNetwork, openRegistry } from '@understory/runs';
import { look } from '../src/network.ts';
import type { Manifest } from '../src/shared.ts';

const { values } = parseArgs({
  options: {
    run: { type: 'string' },
    out: { type: 'string', default: path.join(import.meta.dirname, '../public') },
    drawings: { type: 'string', default: '450' },
  },
});
if (values.run === undefined) throw new Error('Name a run: --run runs/emoji-page');

/** Drawings of all classes in turn, as many of each as there are. */
const evenly = (labels: Int32Array, count: number): number[] => {
  const turns = new Map<number, number>();
  const turnOf = (label: number): number => {
    const turn = turns.get(label) ?? 0;
    turns.set(label, turn + 1);
    return turn;
  };
  const order = Array.from(labels, (label, at) => ({ at, label, turn: turnOf(label) }));
  return order
    .sort((a, b) => a.turn - b.turn || a.label - b.label)
    .slice(0, count)
    .map(({ at }) => at);
};

loadCpu();
const { network, info } = await loadNetwork(await openRegistry([], '.'), eagerRunner(), values.run, {
  checkpoint: 'best',
});
const { backbone } = network;
const [, options] = [info.config.backbone].flat() as [string, { width?: number }?];
const { train, classes, normalization } = await emoji()({ seed: seedOf(info.config.seed) });
const labels = classesOf(train);
const places = evenly(labels, Number(values.drawings));

const manifest: Manifest = {
  classes,
  normalization,
  backbone: { variant: 'resnet18', width: options?.width ?? 1 },
  size: train.size,
  weights: backbone.model.weights.map(({ originalName, shape }) => ({
    name: originalName,
    shape: shape.map(Number),
  })),
  taps: backbone.taps.map(({ name, channels }) => ({ name, width: channels })),
  drawings: places.map((at) => ({ name: train.describe(at), label: labels[at] ?? 0 })),
};
const pixels = await train.read(places);
const seen = await look(backbone, manifest, pixels);
const floats = (rows: readonly Float32Array[]): Uint8Array => {
  const all = Float32Array.from(rows.flatMap((row) => [...row]));
  return new Uint8Array(all.buffer);
};
await mkdir(values.out, { recursive: true });
const write = (name: string, content: string | Uint8Array) => writeFile(path.join(values.out, name), content);
await write('network.json', JSON.stringify(manifest));
await write('weights.bin', floats(backbone.model.getWeights().map((w) => w.dataSync<'float32'>())));
await write('pixels.bin', pixels);
await write(
  'embeddings.bin',
  floats(manifest.taps.flatMap((_, tap) => seen.map(({ taps }) => taps[tap] ?? new Float32Array()))),
);
// What Node makes of the first drawings: the page's test compares.
await write('expected.json', JSON.stringify(seen.slice(0, 4).map(({ logits }) => [...logits])));
console.log(
  `${manifest.drawings.length} drawings and ${manifest.weights.length} weights of ${values.run} are in ${values.out}`,
);
