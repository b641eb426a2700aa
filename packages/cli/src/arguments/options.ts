import { Option } from 'commander';
import { outputFolder } from './paths.ts';
import { repeated, text } from './take.ts';

// Options that several commands share.

/** Changes of what `about` names, `key=value`. */
export const changes = (about: string): Option =>
  new Option('--set <key=value>', `${about}; may be repeated`).argParser(repeated(text(10_000))).default([]);

export const plugins = (): Option =>
  new Option('--plugin <name>', 'a package or file with more plugins; may be repeated')
    .argParser(repeated(text(4096)))
    .default([]);

/** Where a command that trains keeps its runs. */
export const runsFolder = (): Option =>
  new Option('--runs <folder>', 'where runs are kept').argParser(outputFolder).default('runs');
