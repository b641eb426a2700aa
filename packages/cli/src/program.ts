import type { Resumable } from '@understory/core';
import { Command, Option } from 'commander';
import { addBackbones } from './addBackbones.ts';
import { addTables } from './addTables.ts';
import { collect, collectWords } from './collect.ts';
import type { TrainOptions } from './commands/train.ts';
import type { VerifyOptions } from './commands/verify.ts';

/** Checkpoints from which a run can go on; core's list, which help must not load it for. */
const RESUMABLE = ['last', 'previous', 'best'] as const satisfies readonly Resumable[];

// Every command imports its work when it is called, so that help and errors come at once.

const addTraining = (root: Command): void => {
  root
    .command('start')
    .description('train the same small network three ways on the emoji set and compare them: the main job')
    .option('--epochs <n>', 'passes over the training images', '10')
    .option('--seed <n>', 'decides everything random', '0')
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .action(async (options: { epochs: string; seed: string; runs: string }) =>
      (await import('./commands/start.ts')).start(options),
    );
  root
    .command('train')
    .description('train a network as a config says')
    .argument('<config>', 'a .yaml, .json, .ts or .js file')
    .option('--set <key=value>', 'change a key of the config; may be repeated', collect, [])
    .option('--resume', 'go on from the last checkpoint of the newest run of this name', false)
    .addOption(
      new Option('--from <checkpoint>', 'with --resume: which checkpoint to go on from').choices(RESUMABLE),
    )
    .option(
      '--allow <keys>',
      'with --resume: keys that may change, such as rate, schedule, optimizer; comma-separated',
      collectWords,
      [],
    )
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .addHelpText(
      'after',
      () => '\nKeys of a config: understory config --help, or understory config --schema for your editor.',
    )
    .action(async (config: string, options: TrainOptions) =>
      (await import('./commands/train.ts')).train(config, options),
    );
};

const addComparisons = (root: Command): void => {
  root
    .command('compare')
    .description('train several configs one after the other on one dataset and report them side by side')
    .argument('<configs...>', 'config files; the last --set wins')
    .option('--set <key=value>', 'change a key of every config; may be repeated', collect, [])
    .option('--seeds <n>', 'how many seeds to train each config with', '1')
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .action(async (configs: string[], options: { set: string[]; seeds: string; runs: string }) =>
      (await import('./commands/compare.ts')).compareFiles(configs, options),
    );
};

const addUse = (root: Command): void => {
  root
    .command('evaluate')
    .description("measure a run's network on a split of its dataset")
    .argument('<run>', 'folder of a run')
    .addOption(new Option('--checkpoint <name>', 'which weights').choices(['best', 'last']).default('best'))
    .addOption(
      new Option('--split <name>', 'which images').choices(['train', 'validation', 'test']).default('test'),
    )
    .option('--json', 'print JSON', false)
    .action(
      async (
        run: string,
        options: { checkpoint: 'best' | 'last'; split: 'train' | 'validation' | 'test'; json: boolean },
      ) => (await import('./commands/evaluate.ts')).evaluate(run, options),
    );
  root
    .command('predict')
    .description('say what images show')
    .argument('<images...>', 'image files')
    .requiredOption('--run <folder>', 'folder of a run')
    .option('--top <n>', 'classes to name', '3')
    .option('--json', 'print JSON', false)
    .action(async (images: string[], options: { run: string; top: string; json: boolean }) =>
      (await import('./commands/predict.ts')).predictImages(images, options),
    );
};

const addOutput = (root: Command): void => {
  root
    .command('verify')
    .description("train a config's steps compiled and op by op, and compare: exit code 1 above 1e-4")
    .argument('<config>', 'a .yaml, .json, .ts or .js file')
    .option('--set <key=value>', 'change a key of the config; may be repeated', collect, [])
    .option('--steps <n>', 'how many steps', '20')
    .addOption(
      new Option(
        '--precision <name>',
        'bfloat16: compare it with float32, both compiled; exit code 1 above 1e-2',
      )
        .choices(['float32', 'bfloat16'])
        .default('float32'),
    )
    .action(async (config: string, options: VerifyOptions) =>
      (await import('./commands/verify.ts')).verify(config, options),
    );
  root
    .command('replay')
    .description(
      'run a step that gave NaN or infinity op by op, and name the first operation that went wrong',
    )
    .argument('<file>', 'checkpoints/black-box.safetensors of a run')
    .action(async (file: string) => (await import('./commands/replay.ts')).replayFile(file));
  root
    .command('export')
    .description("write a run's network as model.json for plain @tensorflow/tfjs, heads removed")
    .argument('<run>', 'folder of a run')
    .argument('[folder]', 'where to; <run>/model by default')
    .action(async (run: string, folder: string | undefined) =>
      (await import('./commands/export.ts')).exportRun(run, folder),
    );
};

const addInformation = (root: Command): void => {
  root
    .command('runs')
    .description('list runs, newest first')
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .option('--json', 'print JSON', false)
    .action(async (options: { runs: string; json: boolean }) =>
      (await import('./commands/runs.ts')).runs(options),
    );
  root
    .command('list')
    .description('list plugins of a kind, with their options; backbones --json: counts, taps and sizes too')
    .argument(
      '[kind]',
      'backbone, objective, loss, augmentation, dataset, optimizer, …; all kinds where nothing is said',
    )
    .option('--plugin <name>', 'a package or file with more plugins; may be repeated', collect, [])
    .option('--json', 'print JSON', false)
    .option('--markdown <folder>', 'write a page for each kind into a folder')
    .action(
      async (kind: string | undefined, options: { plugin: string[]; json: boolean; markdown?: string }) =>
        (await import('./commands/list.ts')).list(kind, options),
    );
  root
    .command('config')
    .description('explain the keys of a config')
    .option('--schema', 'print the JSON Schema, for editors', false)
    .action(async (options: { schema: boolean }) => (await import('./commands/config.ts')).config(options));
  root
    .command('doctor')
    .description('check what this machine has')
    .option('--json', 'print JSON', false)
    .action(async (options: { json: boolean }) =>
      (await import('./commands/doctor.ts')).doctorCommand(options),
    );
};

const addEngine = (root: Command): void => {
  const engine = root
    .command('engine')
    .description('native TensorFlow: install it, or link it into another project');
  engine
    .command('install')
    .description('fetch TensorFlow through pip and link it (about 300 MB, once a machine)')
    .option('--cuda', 'the build for NVIDIA GPUs (written, not tried on a GPU)', false)
    .option('--quiet', 'say nothing when it is there already', false)
    .action(async (options: { cuda: boolean; quiet: boolean }) =>
      (await import('./commands/engine.ts')).install(options),
    );
  engine
    .command('link')
    .description('let @tensorflow/tfjs-node or -gpu of another project run on this TensorFlow')
    .argument('[folder]', 'the project', '.')
    .action(async (folder: string) => (await import('./commands/engine.ts')).link(folder));
};

/** The command line `understory`. */
export const program = (): Command => {
  const root = new Command('understory')
    .description('Train image models with Contrastive Deep Supervision, at native speed.')
    .showHelpAfterError('(add --help for what is possible)');
  addTraining(root);
  addComparisons(root);
  addTables(root);
  addUse(root);
  addOutput(root);
  addInformation(root);
  addBackbones(root);
  addEngine(root);
  return root;
};
