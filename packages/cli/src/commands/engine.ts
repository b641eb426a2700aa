import { engineStatus, installEngine, linkProject } from '@understory/engine';
import { interruptible } from '../interrupt.ts';
import { engineProgress } from '../progress.ts';

/** `understory engine install`: fetches and links TensorFlow, once a machine. */
export const install = async ({ cuda, quiet }: { cuda: boolean; quiet: boolean }): Promise<void> => {
  const before = engineStatus();
  if (before.installed && !cuda) {
    if (!quiet) process.stdout.write(`TensorFlow ${before.tensorflow} is linked already.\n`);
    return;
  }
  const { signal, release } = interruptible('Stopping; what was fetched to its end is kept.');
  const progress = engineProgress();
  try {
    await installEngine({ cuda, signal, progress });
    process.stdout.write('Native TensorFlow is linked.\n');
  } catch (error) {
    if (!signal.aborted) throw error; // else all is said
  } finally {
    progress({ stage: 'done', done: 1, total: 1, unit: 'files', detail: '' }); // a bar hides the cursor
    release();
  }
};

/** `understory engine link [folder]`: gives another project's tfjs-node this machine's TensorFlow. */
export const link = async (folder: string): Promise<void> => {
  if (!engineStatus().installed) await install({ cuda: false, quiet: true });
  for (const { name, version, file, tensorflow } of await linkProject(folder)) {
    process.stdout.write(`${name} ${version} runs on TensorFlow ${tensorflow} now: ${file}\n`);
  }
};
