import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';
import { scratch } from './trial.ts';

const requireHere = createRequire(import.meta.url);
const published = path.dirname(realpathSync(requireHere.resolve('@tensorflow/tfjs-node-gpu/package.json')));

/** A project as npm would have made it with install scripts off: a copy of the package, its dependencies beside it. */
export const somebodysProject = (...names: string[]): string => {
  const folder = scratch();
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "somebodys" }');
  const from = path.resolve(published, '../..');
  const to = path.join(folder, 'node_modules');
  for (const scope of readdirSync(from)) {
    const inner = scope.startsWith('@')
      ? readdirSync(path.join(from, scope)).map((n) => `${scope}/${n}`)
      : [scope];
    for (const name of inner.filter((n) => n !== '@tensorflow/tfjs-node-gpu')) {
      mkdirSync(path.dirname(path.join(to, name)), { recursive: true });
      symlinkSync(realpathSync(path.join(from, name)), path.join(to, name));
    }
  }
  // The package draws this one in without declaring it; npm puts it there all the same.
  const core = requireHere.resolve('@tensorflow/tfjs-core/package.json');
  symlinkSync(path.dirname(realpathSync(core)), path.join(to, '@tensorflow/tfjs-core'));
  for (const name of names) cpSync(published, path.join(to, name), { recursive: true });
  return folder;
};

/** Every file and folder of a project's packages with a hash of what it holds. */
export const traceOf = (folder: string): Record<string, string> => {
  const inside = path.join(folder, 'node_modules/@tensorflow');
  const names = readdirSync(inside, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const file = path.join(inside, name);
      const held = lstatSync(file).isFile() ? readFileSync(file) : '';
      return [name, createHash('sha256').update(held).digest('hex')];
    }),
  );
};

const SUM = `
const x = tf.tensor2d([[1, 2], [3, 4]]);
const w = tf.variable(tf.tensor1d([3, 4]));
const { values } = tf.topk(x, 1);
const { value } = tf.variableGrads(() => tf.sum(tf.square(w)));
const whole = tf.round(tf.tensor1d([7, -9], 'int32'));
const scalars = tf.concat([tf.scalar(1), tf.scalar(2)]);
console.log(JSON.stringify([tf.getBackend(), ...[tf.matMul(x, x), values, value, whole, scalars].map((t) => Array.from(t.dataSync()))]));
`;
/** What each program says that only computes. */
export const SUMS = ['tensorflow', [7, 10, 15, 22], [2, 4], [25], [7, -9], [1, 2]];

const SERVER = `
const tf = require('@tensorflow/tfjs-node');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const fs = require('node:fs');
(async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'served-'));
  const trained = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'ones' })] });
  await trained.save('file://' + folder);
  const model = await tf.loadLayersModel('file://' + folder + '/model.json');
  fs.rmSync(folder, { recursive: true });
  const server = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const image = tf.node.decodePng(Buffer.concat(parts), 3);
    const answer = tf.tidy(() => model.predict(tf.tensor2d([[image.shape[0], image.shape[1]]])).dataSync()[0]);
    response.end(JSON.stringify([image.shape, answer]));
  }).listen(0, async () => {
    const png = await tf.node.encodePng(tf.ones([3, 4, 3], 'int32'));
    const answer = await fetch('http://127.0.0.1:' + server.address().port, { method: 'POST', body: png });
    console.log(await answer.text());
    server.close();
  });
})().catch((error) => { console.error(error); process.exit(1); });
`;

interface Kind {
  readonly file: string;
  readonly text: string;
  readonly says: unknown;
}

/** Programs of the kinds that use tfjs-node. */
export const KINDS: Readonly<Record<string, Kind>> = {
  CommonJS: { file: 'program.cjs', text: `const tf = require('@tensorflow/tfjs-node');${SUM}`, says: SUMS },
  'ES modules': {
    file: 'program.mjs',
    text: `import * as tf from '@tensorflow/tfjs-node';${SUM}`,
    says: SUMS,
  },
  TypeScript: {
    file: 'program.ts',
    text: `import * as tf from '@tensorflow/tfjs-node';\nconst ones: tf.Tensor1D = tf.ones([2]);\nones.dispose();${SUM}`,
    says: SUMS,
  },
  '-gpu': { file: 'gpu.cjs', text: `const tf = require('@tensorflow/tfjs-node-gpu');${SUM}`, says: SUMS },
  'a model server': { file: 'server.cjs', text: SERVER, says: [[3, 4, 3], 7] },
};

const tsx = pathToFileURL(requireHere.resolve('tsx')).href;

/** Runs a program in a project; what it says, as JSON in its last line. */
export const runKind = async (folder: string, { file, text }: Kind): Promise<unknown> => {
  writeFileSync(path.join(folder, file), text);
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', NODE_PATH: '', NODE_OPTIONS: '' };
  const typed = file.endsWith('.ts') ? ['--import', tsx] : [];
  const { stdout } = await promisify(execFile)(process.execPath, [...typed, file], { cwd: folder, env });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
};
