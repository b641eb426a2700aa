import { engineStatus, installEngine, linkProject } from '@understory/engine';
import { engineProgress } from '../engineProgress.ts';

/** `understory engine install`: fetches and links TensorFlow, once a machine. */
export const install = async ({ cuda, quiet }: { cuda: boolean; quiet: boolean }): Promise<void> => {
  const before = await engineStatus();
  if (before.installed && !cuda) {
    if (!quiet) process.stdout.write(`TensorFlow ${before.tensorflow ?? ''} is linked already.\n`);
    return;
  }
  await installEngine({ cuda, progress: engineProgress() });
  process.stdout.write('Native TensorFlow is linked.\n');
};

/** `understory engine link [folder]`: gives another project's tfjs-node this machine's TensorFlow. */
export const link = async (folder: string): Promise<void> => {
  if (!(await engineStatus()).installed) await install({ cuda: false, quiet: true });
  const linked = await linkProject(folder);
  for (const line of linked) process.stdout.write(`${line}\n`);
};
