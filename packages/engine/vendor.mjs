// Makes vendor/: what the engine takes of tfjs, for a package that needs neither tfjs-node-gpu (whose install script fetches
// a TensorFlow of its own) nor the union package @tensorflow/tfjs (which brings core-js and its install script).
//   vendor/tfjs-node-gpu   the sources of its binding and its kernels, which ask tfjs-core where they asked @tensorflow/tfjs
//   vendor/gradients.cjs   what @tensorflow/tfjs registers in tfjs-core: gradients, chained ops
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const { name, version, license } = require('@tensorflow/tfjs-node-gpu/package.json');
const from = path.dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
const result = path.join(here, 'vendor');
const vendor = path.join(here, `.vendor-${process.pid}`); // becomes the result when it is whole
const to = path.join(vendor, 'tfjs-node-gpu');

/** What the copies are made of and by. */
const madeFrom = createHash('sha256')
  .update(readFileSync(fileURLToPath(import.meta.url)))
  .update(version)
  .digest('hex');

const isMade = () => {
  const file = path.join(result, 'tfjs-node-gpu/package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).madeFrom === madeFrom;
};

const core = require('@tensorflow/tfjs-core');

/** Has a file ask tfjs-core; fails where it takes a name that only the union package has. */
const fromCore = (file, text) => {
  for (const [, used] of text.matchAll(/\b(?:tf|tfjs_\d)\.([A-Za-z]\w*)/g)) {
    if (!(used in core))
      throw new Error(`${file} takes ${used} of @tensorflow/tfjs, which tfjs-core does not have.`);
  }
  return text
    .replaceAll('require("@tensorflow/tfjs")', 'require("@tensorflow/tfjs-core")')
    .replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');
};

const copyScript = (file) => {
  const text = readFileSync(path.join(from, file), 'utf8');
  mkdirSync(path.dirname(path.join(to, file)), { recursive: true });
  writeFileSync(path.join(to, file), fromCore(file, text));
};

const copyKernels = () => {
  const kernels = readdirSync(path.join(from, 'dist/kernels')).filter((file) => /(?<!_test)\.js$/.test(file));
  for (const file of kernels) copyScript(`dist/kernels/${file}`);
  for (const script of ['int64_tensors', 'nodejs_kernel_backend', 'register_all_kernels'])
    copyScript(`dist/${script}.js`);
  mkdirSync(path.join(to, 'dist/proto'));
  // Only summaries for TensorBoard need it, and with it google-protobuf.
  writeFileSync(path.join(to, 'dist/proto/api_pb.js'), 'module.exports = {};\n');
};

const bundleGradients = () =>
  build({
    stdin: {
      contents: ['register_all_gradients.js', 'public/chained_ops/register_all_chained_ops.js']
        .map((file) => `import '@tensorflow/tfjs-core/dist/${file}';`)
        .join('\n'),
      resolveDir: here,
    },
    outfile: path.join(vendor, 'gradients.cjs'),
    bundle: true,
    platform: 'node',
    mainFields: ['main'],
    format: 'cjs',
    target: 'node20',
    legalComments: 'eof',
    external: ['node-fetch'],
    logLevel: 'error',
  });

const make = async () => {
  cpSync(path.join(from, 'binding'), path.join(to, 'binding'), { recursive: true });
  copyKernels();
  writeFileSync(
    path.join(to, 'package.json'),
    `${JSON.stringify({ name, version, license, madeFrom }, null, 2)}\n`,
  );
  cpSync(path.join(here, '../../LICENSE'), path.join(vendor, 'LICENSE'));
  await bundleGradients();
  rmSync(result, { recursive: true, force: true });
  renameSync(vendor, result);
};

if (!isMade()) {
  try {
    await make();
  } finally {
    rmSync(vendor, { recursive: true, force: true });
  }
}
