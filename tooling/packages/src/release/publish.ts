import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runIn } from '../project.ts';
import { platformPackages, publishedPackages, ROOT } from '../workspace.ts';

/** Names of the platforms whose addons are not made here. */
const platformsWithout = (): readonly string[] =>
  platformPackages()
    .filter(({ folder }) => !existsSync(path.join(folder, 'prebuilt.json')))
    .map(({ folder }) => path.basename(folder));

/**
 * Publishes all packages as a release does, by `changeset publish`, but to `registry`, without tags in git. Throws where one was
 * not published. `passing` is a folder for npm's settings.
 */
export const publishAll = async (registry: string, passing: string): Promise<void> => {
  const settings = path.join(passing, 'publish.npmrc');
  writeFileSync(settings, `registry=${registry}/\n${registry.replace('http:', '')}/:_authToken=local\n`);
  const bin = path.join(ROOT, 'node_modules/.bin');
  const { text } = await runIn(ROOT, path.join(bin, 'changeset'), ['publish', '--no-git-tag'], {
    PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
    ...{ npm_config_userconfig: settings, npm_config_registry: registry },
    PLATFORMS_WITHOUT_ADDONS: platformsWithout().join(' '),
  });
  const all = [...publishedPackages(), ...platformPackages()];
  for (const { name, manifest } of all) {
    const answer = await fetch(`${registry}/${name.replace('/', '%2f')}/${manifest.version}`);
    if (!answer.ok) throw new Error(`${name} was not published:\n${text.slice(-2000)}`);
  }
  console.log(`published ${all.length} packages`);
  const empty = platformsWithout();
  if (empty.length > 0)
    console.log(`left out: the addons of ${empty.join(', ')}, which are compiled on such machines alone`);
};
