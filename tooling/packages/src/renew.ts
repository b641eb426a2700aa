// Writes down what is generated from the packages: the names that they export, the libraries that each loads, which of them
// brings which plugin, and the commands of their READMEs; and what `understory list` reads.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { exportsNow } from './exports.ts';
import { LIBRARIES_FILE, librariesNow } from './libraries.ts';
import { PLUGIN_LIST_FILE, pluginListText } from './pluginList.ts';
import { PROVIDERS_FILE, providersNow, providersText } from './providers.ts';
import { readmeFile, readmeOf, withCommands } from './readmes.ts';
import { publishedPackages, ROOT } from './workspace.ts';
import { formatted } from './written.ts';

const write = async (file: string, text: string): Promise<void> =>
  writeFileSync(file, await formatted(file, text));

await write(path.join(ROOT, 'tooling/packages/exports.json'), JSON.stringify(exportsNow()));
await write(LIBRARIES_FILE, JSON.stringify(await librariesNow()));
await write(PROVIDERS_FILE, providersText(await providersNow()));
writeFileSync(PLUGIN_LIST_FILE, pluginListText());
for (const one of publishedPackages().filter((each) => readmeOf(each) !== ''))
  await write(readmeFile(one), withCommands(readmeOf(one), one.manifest));
