import type { Command } from 'commander';
import { inputFile, inputFolder } from './arguments/paths.ts';
import { later } from './arguments/options.ts';
import { text, wholeNumber } from './arguments/take.ts';

/** `understory serve`. */
export const addServe = (root: Command): void => {
  root
    .command('serve')
    .description('answer about pictures over HTTP, by a run or by what was exported of one')
    .argument('<run>', 'folder of a run, or of an export', inputFolder)
    .option(
      '--host <address>',
      'the address to listen on; 0.0.0.0 for other machines too',
      text(),
      '127.0.0.1',
    )
    .option('--port <n>', 'the port to listen on; 0 takes a free one', wholeNumber(0, 65_535), 8080)
    .option('--batch <n>', 'images that are computed at once, at most', wholeNumber(1, 1024), 16)
    .option('--top <n>', 'classes to name; all where nothing is said', wholeNumber(1, 1_000_000))
    .option('--queue <n>', 'images that may wait; more are refused with 503', wholeNumber(1, 100_000), 256)
    .option('--body <mb>', 'MB of a request', wholeNumber(1, 1024), 16)
    .option('--pixels <millions>', 'millions of pixels of a picture', wholeNumber(1, 1000), 50)
    .option('--connections <n>', 'connections at a time', wholeNumber(1, 65_535), 256)
    .option(
      '--token-file <file>',
      'holds the token that requests must bring; else UNDERSTORY_TOKEN',
      inputFile,
    )
    .option(
      '--origin <url>',
      'origin of pages that may read the answers, such as https://example.org',
      text(),
    )
    .action(later(async () => (await import('./commands/serve.ts')).serve));
};
