import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
// @boundaries-ignore the engine exports nothing of how its addons are made
import { KINDS } from '../../../../packages/engine/src/link/testing/somebodys.ts';
import { tried, type Outcome } from './outcome.ts';
import { must, type User } from './user.ts';

/** Every file of a project with its mode and what it holds. */
const traceOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const file = path.join(folder, name);
      const stat = lstatSync(file);
      const held = stat.isSymbolicLink() ? readlinkSync(file) : stat.isFile() ? readFileSync(file) : '';
      return `${createHash('sha256').update(held).digest('hex')} ${stat.mode.toString(8)} ${name}`;
    })
    .join('\n');

const RUN = 'TF_CPP_MIN_LOG_LEVEL=3 node';

/** Which packages a project of each kind has. */
const packagesOf = (kind: string): string => {
  const tfjs = kind === '-gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  return kind === 'TypeScript' ? `${tfjs} tsx` : tfjs;
};

const linkOne = async (user: User, kind: string): Promise<void> => {
  const { file, text, says } = KINDS[kind] as (typeof KINDS)[string];
  const folder = user.folder(`linked${kind.replaceAll(' ', '-')}`);
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "somebodys", "version": "1.0.0" }\n');
  writeFileSync(path.join(folder, file), text);
  await must(user, folder, `npm install --ignore-scripts ${packagesOf(kind)}`);
  const line = file.endsWith('.ts') ? `${RUN} --import tsx ${file}` : `${RUN} ${file}`;
  const before = traceOf(folder);
  if ((await user.run(folder, line)).status === 0) throw new Error(`${kind}: it runs before it is linked`);
  await must(user, folder, 'npx --yes @understory/engine link');
  // Besides it TensorFlow greets.
  const said = (await must(user, folder, line)).split('\n').find((each) => each.startsWith('[')) ?? '';
  if (said !== JSON.stringify(says)) throw new Error(`${kind}: it says ${said}, not ${JSON.stringify(says)}`);
  await must(user, folder, 'npx --yes @understory/engine unlink');
  if (traceOf(folder) !== before) throw new Error(`${kind}: unlinking leaves a trace`);
};

/** Installs projects of five kinds as their people would, links, runs and unlinks each. */
export async function* linkProjects(user: User): AsyncGenerator<Outcome> {
  for (const kind of Object.keys(KINDS))
    yield await tried(user, `linked, ran and unlinked: ${kind}`, () => linkOne(user, kind));
}
