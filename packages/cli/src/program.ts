import { Command } from 'commander';
import { addBackbones } from './addBackbones.ts';
import { addCompletion } from './addCompletion.ts';
import { addDashboard } from './addDashboard.ts';
import { addData } from './addData.ts';
import { addExport } from './addExport.ts';
import { addInit } from './addInit.ts';
import { addEvaluate } from './addEvaluate.ts';
import { addServe } from './addServe.ts';
import { addSweep } from './addSweep.ts';
import { addTables } from './addTables.ts';
import { addTraining } from './addTraining.ts';
import { checkDefaults } from './arguments/checkDefaults.ts';
import { checkTaken } from './arguments/checkTaken.ts';
import { FAINT } from './arguments/faint.ts';
import {
  configFile,
  filledFolder,
  inputFile,
  inputFolder,
  outputFile,
  outputFolder,
} from './arguments/paths.ts';
import { changes, choice, later, overwrite, plugins, runsFolder } from './arguments/options.ts';
import { fileOrName, fraction, repeated, text, wholeNumber } from './arguments/take.ts';
import { addEverywhere, volumeOf } from './arguments/everywhere.ts';
import { afterHelp, help, output } from './output/help.ts';
import { setVolume } from './output/voice.ts';
import { version } from './output/version.ts';

/** What `predict` prints. */
const FORMATS = ['text', 'json', 'coco'];

const addAdvice = (root: Command): void => {
  root
    .command('advise')
    .description('train a config shortly, and say which stages its losses on stages help: what to keep')
    .argument('<config>', 'a .yaml, .json, .ts or .js file', configFile)
    .addOption(changes('change a key of the config'))
    .option('--epochs <n>', 'of each short run', wholeNumber(1, 100_000), 3)
    .option('--limit <n>', 'training images, at most', wholeNumber(2, 1_000_000_000), 2000)
    .option('--seeds <n>', 'how many seeds to train with: more of them, less doubt', wholeNumber(1, 1000), 1)
    .addOption(runsFolder())
    .option('--json', 'print JSON', false)
    .action(later(async () => (await import('./commands/advise.ts')).advise));
};

const addReport = (root: Command): void => {
  root
    .command('report')
    .description('make one page of runs that were trained already, side by side')
    .argument('<runs...>', 'folders of runs on one dataset', repeated(inputFolder))
    .option('--title <text>', "the page's title; the runs' names by default", text())
    .option(
      '--out <file>',
      "also copy it to a file; it lies in the last run's folder as report.html",
      outputFile,
    )
    .addOption(overwrite('replace a file that is there', '--out'))
    .action(later(async () => (await import('./commands/report.ts')).report));
};

const addUse = (root: Command): void => {
  addEvaluate(root);
  addReport(root);
  root
    .command('predict')
    .description('say what images show')
    .argument('<images...>', 'image files', repeated(fileOrName))
    .requiredOption('--run <folder>', 'folder of a run', inputFolder)
    .option('--top <n>', 'classes to name; 3, or all where there are fewer', wholeNumber(1, 1_000_000))
    .option('--threshold <p>', `boxes: the least probability; ${FAINT} for text and drawings`, fraction)
    .addOption(
      choice('--format <name>', "what is printed; coco: boxes in COCO's result format", FORMATS, 'text'),
    )
    .option('--json', 'print JSON: --format json', false)
    .option('--draw <folder>', 'boxes: draw each image with its boxes into a folder', outputFolder)
    .addOption(overwrite('replace drawings that are there', '--draw'))
    .action(later(async () => (await import('./commands/predict.ts')).predict));
};

const addOutput = (root: Command): void => {
  root
    .command('verify')
    .description("train a config's steps compiled and op by op, and compare: exit code 1 above 1e-4")
    .argument('<config>', 'a .yaml, .json, .ts or .js file', configFile)
    .addOption(changes('change a key of the config'))
    .option('--steps <n>', 'how many steps', wholeNumber(1, 1_000_000), 20)
    .addOption(
      choice(
        '--precision <name>',
        'others than float32: compare it with float32, both compiled; exit code 1 above 1e-2',
        ['float32', 'bfloat16', 'bfloat16-stored'],
        'float32',
      ),
    )
    .action(later(async () => (await import('./commands/verify.ts')).verify));
  root
    .command('replay')
    .description(
      'run a step that gave NaN or infinity op by op, and name the first operation that went wrong',
    )
    .argument('<file>', 'checkpoints/black-box.safetensors of a run', inputFile)
    .action(later(async () => (await import('./commands/replay.ts')).replay));
};

const addInformation = (root: Command): void => {
  root
    .command('runs')
    .description('list runs, newest first')
    .option('--runs <folder>', 'where runs are kept', inputFolder, 'runs')
    .option('--json', 'print JSON', false)
    .action(later(async () => (await import('./commands/runs.ts')).runs));
  root
    .command('list')
    .description('list plugins of a kind, with their options; backbones --json: counts, taps and sizes too')
    .argument(
      '[kind]',
      'backbone, objective, loss, augmentation, dataset, optimizer, …; all kinds where nothing is said',
      text(),
    )
    .addOption(plugins())
    .option('--json', 'print JSON', false)
    .option('--markdown <folder>', 'write a page for each kind into a folder', filledFolder)
    .addOption(overwrite('replace pages that are there', '--markdown'))
    .action(later(async () => (await import('./commands/list.ts')).list));
  root
    .command('config')
    .description('explain the keys of a config, or show one with all that it leaves out')
    .argument(
      '[configs...]',
      'a file to show with all that it leaves out; several are merged',
      repeated(configFile),
    )
    .option('--schema', 'print the JSON Schema, for editors', false)
    .option('--resolved', 'what a file is shown with anyway: all that it leaves out, and why', false)
    .addOption(changes('change a key of the config that is shown'))
    .addOption(plugins())
    .action(later(async () => (await import('./commands/config.ts')).config));
  root
    .command('doctor')
    .description('check what this machine has')
    .option('--json', 'print JSON', false)
    .action(later(async () => (await import('./commands/doctor.ts')).doctorCommand));
};

/** Commands on native TensorFlow itself. */
const addEngine = (root: Command): void => {
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

const EXIT_CODES = [
  'Exit codes: 0 done, 1 refused (the message says why, and what to do), 70 a fault in the software, 130 stopped.',
  'NO_COLOR and FORCE_COLOR=1 choose whether there is colour, COLUMNS the width where output goes elsewhere; ' +
    'UNDERSTORY_DEBUG=1 shows where an error arose.',
];

/** The command line `understory`. Help and refusals are thrown as commander's `CommanderError`. */
export const program = (): Command => {
  const root = new Command('understory')
    .description('Train image models with Contrastive Deep Supervision, at native speed.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput(output)
    .configureHelp(help)
    .showHelpAfterError('(add --help for what is possible)')
    .addHelpText('after', () => afterHelp(EXIT_CODES))
    .hook('preAction', (_, command) => {
      setVolume(volumeOf(command));
      checkDefaults(command);
      checkTaken(command);
    });
  addInit(root);
  addTraining(root);
  addSweep(root);
  addAdvice(root);
  addTables(root);
  addUse(root);
  addOutput(root);
  addExport(root);
  addServe(root);
  addInformation(root);
  addDashboard(root);
  addData(root);
  addBackbones(root);
  addEngine(root);
  addCompletion(root);
  addEverywhere(root);
  return root;
};
