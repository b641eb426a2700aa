// npm run release:addons: compiles the engine's addons for this platform into its package under packages/engine/platforms, from where a
// release publishes them. What it makes is not committed. Takes some minutes; TensorFlow is installed first where it is missing.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { extract } from 'tar';
// @boundaries-ignore the engine exports nothing of how its addons are made
import { installEngine } from '../../../../packages/engine/src/index.ts';
// @boundaries-ignore the engine exports nothing of how its addons are made
import { makePrebuilt } from '../../../../packages/engine/src/link/prebuilt/make.ts';
// @boundaries-ignore the engine exports nothing of how its addons are made
import { PLATFORM } from '../../../../packages/engine/src/link/prebuilt/record.ts';
// @boundaries-ignore the engine exports nothing of how its addons are made
import { tfjsNodeFolder } from '../../../../packages/engine/src/link/tfjs.ts';
import { runIn } from '../project.ts';
import { ROOT } from '../workspace.ts';

/** Versions of tfjs-node whose bindings have sources of their own, besides the one that the engine brings (4.22). */
const OLDER = ['4.21.0'];

/** The folder of a version of tfjs-node, fetched from the registry. */
const fetched = async (version: string, into: string): Promise<string> => {
  const name = `@tensorflow/tfjs-node@${version}`;
  const { status, text } = await runIn(into, 'npm', ['pack', '--silent', '--prefer-offline', name]);
  if (status !== 0) throw new Error(`npm cannot fetch ${name}: ${text}`);
  const folder = path.join(into, version);
  mkdirSync(folder);
  await extract({ file: path.join(into, `tensorflow-tfjs-node-${version}.tgz`), cwd: folder, strip: 1 });
  return folder;
};

const folder = mkdtempSync(path.join(tmpdir(), 'understory-prebuild-'));
try {
  await installEngine();
  const older = await Promise.all(OLDER.map((version) => fetched(version, folder)));
  const into = path.join(ROOT, 'packages/engine/platforms', PLATFORM);
  const onMade = (file: string): void => console.log(path.join(into, file));
  await makePrebuilt({ into, packages: [tfjsNodeFolder(), ...older], onMade });
} finally {
  rmSync(folder, { recursive: true });
}
