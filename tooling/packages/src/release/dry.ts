// npm run release:dry [part, …]: a release into a registry on this machine, and what strangers do with it: somebody with an
// empty home, without a C++ compiler. Parts: newcomer, linked, imports, examples; all without a name. Fetches TensorFlow (275 MB)
// and what packages depend on. Publishes nothing elsewhere. Exit code 1 where something failed; 2 where nothing failed, and
// something was left out because the registry that npm is set up for has not what it needs.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
// @boundaries-ignore the engine exports nothing of how its addons are made
import { PLATFORM } from '../../../../packages/engine/src/link/prebuilt/record.ts';
import { runIn } from '../project.ts';
import { ROOT } from '../workspace.ts';
import { installExamples } from './examples.ts';
import { importEntries } from './imports.ts';
import { linkProjects } from './linked.ts';
import { becomePluginAuthor } from './newcomer.ts';
import { countText, exitCode, outcomeText, type Outcome } from './outcome.ts';
import { publishAll } from './publish.ts';
import { newUser } from './user.ts';
import { startVerdaccio } from './verdaccio.ts';

const PARTS = {
  newcomer: becomePluginAuthor,
  linked: linkProjects,
  imports: importEntries,
  examples: installExamples,
};
type Part = keyof typeof PARTS;

const isPart = (name: string): name is Part => Object.hasOwn(PARTS, name);

/** The parts that were asked for by name. */
const partsOf = (asked: readonly string[]): readonly Part[] => {
  const unknown = asked.filter((name) => !isPart(name));
  if (unknown.length > 0)
    throw new Error(`No part is called ${unknown.join(', ')}. Parts: ${Object.keys(PARTS).join(', ')}.`);
  return asked.length > 0 ? asked.filter(isPart) : Object.keys(PARTS).filter(isPart);
};

const parts = partsOf(process.argv.slice(2));
if (!existsSync(path.join(ROOT, 'packages/engine/platforms', PLATFORM, 'prebuilt.json')))
  throw new Error('Run `npm run release:addons` first.');
const began = performance.now();
const where = mkdtempSync(path.join(tmpdir(), 'understory-dry-'));
const { text: upstream } = await runIn(where, 'npm', ['config', 'get', 'registry']);
const registry = await startVerdaccio(where);
const all: Outcome[] = [];
try {
  await publishAll(registry.address, where);
  const user = newUser(where, { ours: registry.address, upstream });
  for (const part of parts) {
    console.log(`== ${part}`);
    for await (const outcome of PARTS[part](user)) {
      console.log(outcomeText(outcome));
      all.push(outcome);
    }
  }
} finally {
  await registry.close();
  rmSync(where, { recursive: true, force: true });
}
const amiss = all.filter(({ state }) => state !== 'ok');
if (amiss.length > 0) console.log(['== not ok', ...amiss.map(outcomeText)].join('\n'));
console.log(`${countText(all)}, in ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
process.exitCode = exitCode(all);
