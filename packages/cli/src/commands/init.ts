import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { BACKBONE, fileError, listed, shownPath, UnderstoryError, unknownName } from '@understory/core';
import {
  dataAt,
  findData,
  initConfig,
  openRegistry,
  type FoundData,
  type InitRequest,
} from '@understory/runs';
import { shellCommand } from '../arguments/shellCommand.ts';
import { print, say, tell } from '../output/voice.ts';
import { preparation } from '../progress.ts';
import { tellChoices } from '../tellChoices.ts';
import { initNames } from './initNames.ts';

interface InitOptions extends Pick<InitRequest, 'size' | 'backbone' | 'width' | 'method'> {
  readonly data?: string;
  readonly name?: string;
  readonly plugin: readonly string[];
  /** The file to write. */
  readonly out?: string;
  readonly overwrite: boolean;
  readonly yes: boolean;
}

const refuse = (message: string): never => {
  throw new UnderstoryError('init', message);
};

const EMOJI = 'emoji';

/** Asks a question; what stands in brackets is taken where nothing is typed. */
const ask = async (question: string, fallback: string): Promise<string> => {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await lines.question(`${question} [${fallback}] `)).trim() || fallback;
  } finally {
    lines.close();
  }
};

const canAsk = ({ yes }: InitOptions): boolean => !yes && process.stdin.isTTY && process.stdout.isTTY;

const namesOf = (found: readonly FoundData[]): string[] => found.map(({ root }) => root);

/** The data that was named, or the only one that is here. Errors: `init`, `no-file`. */
const placeOf = async (options: InitOptions): Promise<FoundData | undefined> => {
  if (options.data === EMOJI) return undefined;
  if (options.data !== undefined) {
    if (!existsSync(options.data))
      refuse(`--data is ${shownPath(options.data)}, and there is no such file or folder.`);
    const found = await dataAt(options.data);
    return (
      found ??
      refuse(
        `${shownPath(options.data)} holds no folders of images. Put the images of each class into a folder of its own: <class>/<image>.`,
      )
    );
  }
  const found = await findData('.');
  const [only, ...others] = found;
  if (canAsk(options)) {
    const place = await ask(
      'What shall it learn from (a folder of class folders, a tar or zip, or emoji)?',
      only?.root ?? EMOJI,
    );
    return found.find(({ root }) => root === place) ?? placeOf({ ...options, data: place });
  }
  if (others.length > 0)
    refuse(
      `There are several to learn from: ${listed(namesOf(found), 200)}. Name one: --data ${others[0]?.root ?? ''}`,
    );
  return (
    only ??
    refuse(
      'There are no folders of images here. Put the images of each class into a folder of its own, photos/<class>/<image>, or name a place with --data; --data emoji tries the software on its own set.',
    )
  );
};

/** What the data is called. */
const calledBy = (data: FoundData | undefined): string =>
  data ? path.basename(path.resolve(data.root)).replace(/\.(tar\.gz|tgz|tar|zip)$/i, '') : EMOJI;

/** What the questions change of the options. */
const asked = async (options: InitOptions): Promise<InitOptions> => {
  if (!canAsk(options)) return options;
  const method = await ask(
    'Contrastive deep supervision (cds), or the network alone (baseline)?',
    options.method,
  );
  if (method !== 'cds' && method !== 'baseline') refuse(`It is "${method}". Say cds or baseline.`);
  const size = await ask(
    'Side of the images in pixels?',
    options.size === undefined ? 'by the pictures' : String(options.size),
  );
  if (!/^\d+$/.test(size)) return { ...options, method: method as 'cds' };
  if (Number(size) < 8 || Number(size) > 1024) refuse(`It is ${size}. Say 8 to 1024 pixels.`);
  return { ...options, method: method as 'cds', size: Number(size) };
};

/** `understory init`: writes a config, and says how to train it. */
export const init = async (given: InitOptions): Promise<void> => {
  const registry = await openRegistry(given.plugin, process.cwd());
  const backbones = registry.list(BACKBONE).map((plugin) => plugin.name);
  if (!backbones.includes(given.backbone)) throw unknownName('backbone', given.backbone, backbones);
  const data = await placeOf(given);
  const names = initNames(calledBy(data));
  const name = given.name ?? names.run;
  const file = given.out ?? `${given.name ?? names.file}.yaml`;
  if (!/\.ya?ml$/i.test(file))
    refuse(`--out is ${shownPath(file)}. A config that is written is YAML: name a .yaml file.`);
  if (existsSync(file) && !given.overwrite)
    refuse(`${shownPath(file)} is there already. Add --overwrite, or name another: --out other.yaml`);
  const { size, backbone, width, method, plugin } = await asked(given);
  const folder = path.dirname(path.resolve(file));
  const chosen = { data, name, size, backbone, width, method };
  const request = { registry, folder, ...chosen, say, onProgress: preparation() };
  const { text, about, choices } = await initConfig(request);
  await writeFile(file, text, { flag: given.overwrite ? 'w' : 'wx' }).catch((error: unknown) => {
    throw fileError('write', file, error);
  });
  tell(about);
  tellChoices(choices, tell);
  if (given.name === undefined && names.run !== names.file)
    tell(
      `The run is named ${name}: a run’s name has only letters from a to z, digits, ".", "_" and "-". --name gives it another.`,
    );
  print(`\nWritten to ${shownPath(file)}. Next:`);
  const more = plugin.flatMap((one) => ['--plugin', one]);
  const command = (...words: string[]): string =>
    shellCommand(['understory', 'train', file, ...words, ...more], { set: [], runs: 'runs' });
  print(`  ${command('--dry-run')}\n  ${command('--open')}`);
};
