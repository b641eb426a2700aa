import { shownPath, SPLITS, UnderstoryError } from '@understory/core';
import { packDataset, type DataConfigRequest, type PackedData } from '@understory/runs';
import { interruptible } from '../interrupt.ts';
import { preparation } from '../progress.ts';
import { say } from '../output/voice.ts';
import { count, jsonText, textTable } from '../text.ts';

interface DataPackOptions extends DataConfigRequest {
  readonly out: string;
  readonly shardSize: number;
  readonly resize?: number;
  readonly json: boolean;
}

const splitTable = ({ splits }: PackedData): string => {
  const rows = SPLITS.flatMap((split) => {
    const { samples, shards } = splits[split] ?? { samples: 0, shards: [] };
    const megabytes = Math.ceil(shards.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6);
    return samples === 0 ? [] : [[split, count(samples), count(shards.length), `${count(megabytes)} MB`]];
  });
  return textTable(['split', 'samples', 'shards', 'size'], rows);
};

/** `understory data pack <source> --out <folder>`: a dataset as shards. Ctrl-C leaves nothing of them. */
export const dataPack = async (source: string, options: DataPackOptions): Promise<void> => {
  const { out, shardSize: shardBytes, resize, set, plugin, json } = options;
  const { signal, release } = interruptible(
    'Stopping; nothing is left of the shards. Ctrl-C again stops at once.',
  );
  try {
    const manifest = await packDataset({
      ...{ source, set, plugin, out, shardBytes, resize, signal },
      onProgress: preparation(),
    });
    process.stdout.write(`${json ? jsonText(manifest) : splitTable(manifest)}\n`);
    say(
      `\nWritten to ${shownPath(out)}. A config reads it by dataset: [shards, { root: ${shownPath(out)} }]`,
    );
  } catch (error) {
    if (!(error instanceof UnderstoryError && error.code === 'stopped')) throw error;
    say(error.message);
  } finally {
    release();
  }
};
