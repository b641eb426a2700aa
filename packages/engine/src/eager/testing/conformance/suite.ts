// Runs tfjs-core's own test suite on the engine's eager backend and sends its outcome to the process that started this one.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { loadEngine } from '../../../link/load.ts';
import type { Failed, Outcome } from './runSuite.ts';

interface Spec {
  readonly fullName: string;
  readonly status: 'passed' | 'failed' | 'pending' | 'excluded';
  readonly failedExpectations: readonly { readonly message: string }[];
}

interface JasmineEnv {
  configure(options: { random: boolean; specFilter: (spec: { getFullName(): string }) => boolean }): void;
  addReporter(reporter: { specDone(spec: Spec): void }): void;
  execute(): Promise<unknown>;
}

const require = createRequire(import.meta.url);

const ENTRY = `
require('@tensorflow/tfjs-core/dist/jasmine_util').setTestEnvs(
  [{ name: 'tensorflow', backendName: 'tensorflow', flags: {}, isDataSync: true }]);
require('@tensorflow/tfjs-core/dist/tests');
`;

/** The suite as one file: it is published as modules that import each other without their files' endings. */
const bundle = (outfile: string): Promise<unknown> =>
  build({
    stdin: { contents: ENTRY, resolveDir: path.dirname(fileURLToPath(import.meta.url)) },
    ...{ outfile, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' },
    mainFields: ['module', 'main'],
    ignoreAnnotations: true, // the package says that its files do nothing by themselves, and its tests do
    external: ['node-fetch'],
  });

const runAll = async (pattern: RegExp): Promise<Outcome> => {
  const jasmine = require('jasmine-core') as { boot(): { getEnv(): JasmineEnv } };
  const env = jasmine.boot().getEnv();
  const failed: Failed[] = [];
  let passed = 0;
  env.configure({ random: false, specFilter: (spec) => pattern.test(spec.getFullName()) });
  env.addReporter({
    specDone({ fullName, status, failedExpectations }) {
      if (status === 'passed') passed++;
      if (status === 'failed') failed.push({ name: fullName, why: failedExpectations[0]?.message ?? '' });
    },
  });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'conformance-'));
  try {
    const file = path.join(folder, 'suite.cjs');
    await bundle(file);
    require(file);
    await env.execute();
    return { passed, failed };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

console.warn = () => undefined; // a second copy of tfjs says that it is one
const { native, notice } = await loadEngine();
if (!native) throw new Error(notice ?? 'There is no engine.');
const outcome = await runAll(new RegExp(process.argv[2] ?? ''));
process.send?.(outcome);
process.disconnect();
