import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';

const requireHere = createRequire(import.meta.url);

// Those of the files that the package brings which need nothing that it does not bring (pictures, saved models, tmp, canvas, node-fetch).
const FILES = [
  ...['callbacks', 'index', 'int64_tensors', 'io/file_system', 'io/io_utils', 'nodejs_kernel_backend'],
  'tfjs_binding',
];

const PROGRAM = `
const [jasmineCore, files] = JSON.parse(process.argv[1]);
const jasmine = require(jasmineCore).boot();
const env = jasmine.getEnv();
const inPackage = require('node:module').createRequire(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
const failed = [];
let passed = 0;
env.configure({ random: false });
env.addReporter({
  specDone({ fullName, status, failedExpectations: [first] }) {
    if (status === 'passed') passed++;
    if (status === 'failed') failed.push(fullName + ': ' + first?.message);
  },
});
inPackage('./dist/index.js');
inPackage('@tensorflow/tfjs-core/dist/jasmine_util').setTestEnvs(
  [{ name: 'tensorflow', backendName: 'tensorflow', flags: {}, isDataSync: true }]);
for (const file of files) inPackage('./dist/' + file + '_test.js');
env.execute().then(() => console.log(JSON.stringify({ passed, failed })));
`;

export interface OwnOutcome {
  readonly passed: number;
  readonly failed: readonly string[];
}

/** Runs tfjs-node's own tests, as they are published, in a linked project. */
export const ownTests = async (folder: string): Promise<OwnOutcome> => {
  // tsx, since tfjs-core is published as modules that import each other without their files' endings.
  const tsx = pathToFileURL(requireHere.resolve('tsx')).href;
  const given = JSON.stringify([requireHere.resolve('jasmine-core'), FILES]);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, '-e', PROGRAM, given], {
    cwd: folder,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', NODE_PATH: '', NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as OwnOutcome;
};
