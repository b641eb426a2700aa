import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { prepareGround, temporaryFolder } from '../testing/runFolders.ts';
import { placed, readRun, type RunInfo } from './runInfo.ts';

/** A project with a run in `runs/one`, and the folder that its description names. */
const project = (): { readonly root: string; readonly folderNow: (root: string) => Promise<string> } => {
  const root = path.join(temporaryFolder(), 'project');
  const run = path.join(root, 'runs/one');
  mkdirSync(root, { recursive: true });
  const ground = prepareGround(temporaryFolder());
  mkdirSync(path.dirname(run));
  renameSync(ground.run, run);
  const file = path.join(run, 'config.json');
  const info = JSON.parse(readFileSync(file, 'utf8')) as RunInfo;
  writeFileSync(file, JSON.stringify(placed({ ...info, folder: root }, run)));
  const folderNow = async (at: string): Promise<string> =>
    (await readRun(path.join(at, 'runs/one'))).info.folder;
  return { root, folderNow };
};

it('a run finds its config’s folder, also where the project was moved', async () => {
  const { root, folderNow } = project();
  expect(await folderNow(root)).toBe(root);
  const moved = path.join(temporaryFolder(), 'elsewhere');
  renameSync(root, moved);
  expect(await folderNow(moved)).toBe(moved);
});

it('a run that was moved without its project names the folder that it was made in', async () => {
  const { root, folderNow } = project();
  const moved = path.join(temporaryFolder(), 'elsewhere');
  mkdirSync(moved);
  renameSync(path.join(root, 'runs'), path.join(moved, 'runs'));
  expect(await folderNow(moved)).toBe(root);
});
