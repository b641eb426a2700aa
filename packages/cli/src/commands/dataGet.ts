import path from 'node:path';
import { shownPath } from '@understory/core';
import { getDataset, officialDataset, type GotDataset, type OfficialDataset } from '@understory/runs';
import { interruptible } from '../interrupt.ts';
import { downloadProgress } from '../downloadProgress.ts';
import { say } from '../output/voice.ts';
import { typable } from '../output/width.ts';
import { wrapped } from './dataCheckText.ts';
import { jsonText } from '../text.ts';

interface DataGetOptions {
  /** A base address, or a folder, in place of the authors' own addresses. */
  readonly from?: string;
  readonly json: boolean;
}

const megabytes = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;

/** What is fetched, on which terms, before anything is asked for. */
const announce = ({ title, page, terms, note, files }: OfficialDataset, folder: string): void => {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  say(`${title}: ${page}`);
  say(wrapped(`Terms: ${terms}.`));
  if (note !== undefined) say(wrapped(`Note: ${note}`));
  say(`${count}, ${megabytes(bytes)}, into ${shownPath(folder)}\n`);
};

const told = ({ dataset, folder, root, fetched }: GotDataset): string => {
  const { name, plugin, options = {} } = dataset;
  const inConfig = JSON.stringify([plugin, { root, ...options }]);
  const done =
    fetched.length === 0 ? 'Everything was there already' : `Fetched and checked: ${fetched.join(', ')}`;
  return [
    `${done}.`,
    `In a config:  dataset: ${inConfig}`,
    `Look at it:   understory data check ${name} ${path.relative('', folder) || '.'}`,
  ].join('\n');
};

/** `understory data get <name> [folder]`: fetches an official dataset, or goes on fetching it. */
export const dataGet = async (
  name: string,
  given: string | undefined,
  { from, json }: DataGetOptions,
): Promise<void> => {
  const dataset = officialDataset(name);
  const folder = given ?? path.join('data', name);
  const { signal, release } = interruptible('Stopping; what came is kept, and the same command goes on.');
  const progress = downloadProgress();
  try {
    const got = await getDataset({
      ...{ dataset, folder, from, signal },
      begins: () => announce(dataset, folder),
      say: progress.say,
      onProgress: progress.told,
    });
    progress.stop();
    process.stdout.write(`${json ? jsonText(got) : typable(told(got))}\n`);
  } catch (error) {
    progress.stop();
    if (!signal.aborted) throw error; // else all is said
  } finally {
    release();
  }
};
