// One process: feeds one reader a range of inputs, and prints what came of it as JSON. Arguments: reader, seed, from, count, folder.
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import '@tensorflow/tfjs';
import { ready, setBackend } from '@tensorflow/tfjs-core';
import { feed } from './feed.ts';
import { READERS } from './readers.ts';

/** CPU time that one input may take, in ms. */
const SLOW = 2000;

const [name, seed, from, count, folder] = process.argv.slice(2);
const reader = READERS.find((one) => one.name === name);
if (!reader || !folder) throw new Error('worker.ts is started by fuzz.ts');
await setBackend('cpu');
await ready();
const place = openSync(path.join(folder, 'place'), 'w');
const tally = await feed(reader, {
  seed: Number(seed),
  from: Number(from),
  count: Number(count),
  folder: path.join(folder, 'files'),
  slow: SLOW,
  before: (input) => writeSync(place, String(input).padStart(12), 0),
});
closeSync(place);
process.stdout.write(JSON.stringify(tally));
process.exit(0);
