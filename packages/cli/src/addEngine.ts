import type { Command } from 'commander';
import { later } from './arguments/options.ts';
import { inputFolder } from './arguments/paths.ts';

/** Commands on native TensorFlow itself. */
export const addEngine = (root: Command): void => {
  const engine = root
    .command('engine')
    .description('native TensorFlow: install it, or link it into another project');
  engine
    .command('install')
    .description('fetch TensorFlow through pip and link it (about 300 MB, once a machine)')
    .option('--cuda', 'the build for NVIDIA GPUs (written, not tried on a GPU)', false)
    .option('--quiet', 'say nothing when it is there already', false)
    .action(later(async () => (await import('./commands/engine.ts')).install));
  engine
    .command('link')
    .description('let @tensorflow/tfjs-node or -gpu of another project run on this TensorFlow')
    .argument('[folder]', 'the project', inputFolder, '.')
    .action(later(async () => (await import('./commands/engine.ts')).link));
};
