// Runs the install command of every package's README, by npm, pnpm and yarn, each in an empty project, and uses what it
// brought: `pnpm check:packages [manager or package, …]`. Takes some minutes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
// @boundaries-ignore both read Markdown by one parser
import { blocksOf } from '../../docs/src/blocks.ts';
import { packAll, packPlatforms } from './pack.ts';
import * as project from './project.ts';
import { readmeOf } from './readmes.ts';
import { serveTarballs } from './registry.ts';
import { entriesOf, publishedPackages, type Published } from './workspace.ts';

const packagesIn = (one: Published): readonly string[] =>
  (blocksOf(readmeOf(one))[0]?.text ?? '').trim().replace('npm install ', '').split(' ');

const use = async (folder: string, { manifest }: Published): Promise<readonly string[]> => {
  // An entry that is named like an optional peer is for those who have that one.
  const optional = Object.keys(manifest.peerDependenciesMeta ?? {});
  const entries = entriesOf(manifest).filter((entry) => !optional.some((peer) => entry.endsWith(`/${peer}`)));
  const types = [];
  for (const resolution of ['node16', 'bundler'] as const)
    types.push(...(await project.typeErrors(folder, entries, resolution)));
  return [
    ...project.installScripts(folder).map((script) => `has an install script, ${script}`),
    ...(await project.notImported(folder, entries)).map((why) => `is not imported, ${why}`),
    ...(project.REQUIRES_MODULES ? await project.notRequired(folder, entries) : []).map(
      (why) => `is not required, ${why}`,
    ),
    ...types.map((why) => `has wrong types, ${why}`),
  ];
};

const check = async (
  manager: project.Manager,
  one: Published,
  registry: string,
): Promise<readonly string[]> => {
  const folder = project.emptyProject(registry);
  try {
    const ran = await project.runIn(folder, ...project.installWith(manager, packagesIn(one)));
    return ran.status === 0 ? await use(folder, one) : [`cannot be installed: ${ran.text.slice(-600)}`];
  } finally {
    project.removeProject(folder);
  }
};

const asked = process.argv.slice(2);
const managers = project.MANAGERS.filter((name) => asked.includes(name));
const all = publishedPackages();
const chosen = all.filter(({ name }) => asked.includes(name));
const packed = mkdtempSync(path.join(tmpdir(), 'understory-check-'));
const registry = await serveTarballs(new Map([...(await packAll(packed)), ...(await packPlatforms(packed))]));
try {
  for (const one of chosen.length > 0 ? chosen : all) {
    for (const manager of managers.length > 0 ? managers : project.MANAGERS) {
      const problems = await check(manager, one, registry.address);
      console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${manager.padEnd(4)} ${one.name}`);
      for (const problem of problems) console.log(`     ${problem}`);
      if (problems.length > 0) process.exitCode = 1;
    }
  }
} finally {
  registry.close();
  rmSync(packed, { recursive: true });
  rmSync(project.YARN_CACHE, { recursive: true, force: true });
}
