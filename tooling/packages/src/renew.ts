// Writes down what is generated from the packages: the names that they export, which of them brings which plugin, and the
// commands of their READMEs.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { exportsNow } from './exports.ts';
import { PROVIDERS_FILE, providersNow, providersText } from './providers.ts';
import { readmeFile, readmeOf, withCommands } from './readmes.ts';
import { publishedPackages, ROOT } from './workspace.ts';
import { formatted } from './written.ts';

const write = async (file: string, text: string): Promise<void> =>
  writeFileSync(file, await formatted(file, text));

await write(path.join(ROOT, 'tooling/packages/exports.json'), JSON.stringify(exportsNow()));
await write(PROVIDERS_FILE, providersText(await providersNow()));
for (const one of publishedPackages().filter((each) => readmeOf(each) !== ''))
  await write(readmeFile(one), withCommands(readmeOf(one), one.manifest));
