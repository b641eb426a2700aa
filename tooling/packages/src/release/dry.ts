// npm run release:dry [part, …]: a release into a registry on this machine, and what strangers do with it: somebody with an
// empty home, without a C++ compiler. Parts: newcomer, linked, imports, examples; all without a name. Takes tens of minutes, and
// fetches TensorFlow (275 MB) and what packages depend on. Publishes nothing elsewhere.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
// @boundaries-ignore the engine exports nothing of how its addons are made
import { PLATFORM } from '../../../../packages/engine/src/link/prebuilt/record.ts';
import { publishedPackages, ROOT } from '../workspace.ts';
import { installExamples } from './examples.ts';
import { importTimes, tellTimes } from './imports.ts';
import { linkProjects } from './linked.ts';
import { becomePluginAuthor } from './newcomer.ts';
import { publishAll } from './publish.ts';
import { must, newUser, type User } from './user.ts';
import { startVerdaccio } from './verdaccio.ts';

/** Minutes within which somebody who reads the docs has trained a plugin of their own. */
const PATIENCE = 15;

const newcomer = async (user: User): Promise<readonly string[]> => {
  const minutes = await becomePluginAuthor(user);
  return minutes < PATIENCE ? [] : [`a newcomer took ${minutes.toFixed(1)} minutes`];
};

const imports = async (user: User): Promise<readonly string[]> => {
  const folder = user.folder('imports');
  const names = publishedPackages().map(({ name }) => name);
  const peers = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', 'zod'];
  await must(user, folder, `npm init -y > /dev/null; npm install ${[...names, ...peers].join(' ')}`);
  tellTimes(await importTimes(user, folder)); // told, not judged: the machine decides how long tfjs itself takes
  return [];
};

const PARTS = { newcomer, linked: linkProjects, imports, examples: installExamples };
type Part = keyof typeof PARTS;

if (!existsSync(path.join(ROOT, 'packages/engine/platforms', PLATFORM, 'prebuilt.json')))
  throw new Error('Run `npm run release:addons` first.');
const asked = process.argv.slice(2) as Part[];
const where = mkdtempSync(path.join(tmpdir(), 'understory-dry-'));
const registry = await startVerdaccio(where);
try {
  await publishAll(registry.address, where);
  const user = newUser(where, registry.address);
  for (const part of asked.length > 0 ? asked : (Object.keys(PARTS) as Part[])) {
    console.log(`== ${part}`);
    const problems = await PARTS[part](user).catch((error: unknown) => [(error as Error).message]);
    for (const problem of problems) console.log(`FAIL ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
} finally {
  await registry.close();
  rmSync(where, { recursive: true, force: true });
}
