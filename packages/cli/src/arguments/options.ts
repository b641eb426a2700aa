import type { Resumable } from '@understory/core';
import { Option } from 'commander';
import { outputFolder } from './paths.ts';
import { fileOrName, repeated, text } from './take.ts';

/**
 * The work of a command, which is imported when it is called, so that help and errors come at once. What its arguments
 * name is looked at before that, by the kind that each of them has.
 */
export const later =
  <A extends readonly unknown[]>(load: () => Promise<(...given: A) => Promise<void>>) =>
  async (...given: A): Promise<void> =>
    (await load())(...given);

// Options that several commands share.

/** Changes of what `about` names, `key=value`. */
export const changes = (about: string): Option =>
  new Option('--set <key=value>', `${about}; may be repeated`).argParser(repeated(text(10_000))).default([]);

/** Beside what a command writes, of which `checkTaken` refuses what is there; `of` is the option without which it means nothing. */
export const overwrite = (about: string, of?: string): Option =>
  Object.assign(
    new Option('--overwrite', of === undefined ? about : `with ${of}: ${about}`).default(false),
    of !== undefined && { of },
  );

/** An option that takes one of a few words; `fallback` where nothing is said. */
export const choice = (flags: string, about: string, words: readonly string[], fallback?: string): Option =>
  new Option(flags, about).choices(words).default(fallback);

export const plugins = (): Option =>
  new Option('--plugin <name>', 'a package or file with more plugins; may be repeated')
    .argParser(repeated(fileOrName))
    .default([]);

/** Checkpoints from which a run can go on; core's list, which help must not load it for. */
const RESUMABLE = ['last', 'previous', 'best'] as const satisfies readonly Resumable[];

export const checkpoints = (about: string): Option => choice('--from <checkpoint>', about, RESUMABLE);

/** Where a command that trains keeps its runs. */
export const runsFolder = (): Option =>
  new Option('--runs <folder>', 'where runs are kept').argParser(outputFolder).default('runs');

/** Evaluators, as a config would list them. */
export const evaluators = (): Option =>
  new Option('--with <evaluators>', 'evaluators by name, or [name, { options }], with commas between')
    .argParser(repeated(text(4096)))
    .default([]);
