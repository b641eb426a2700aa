import type { Backbone, BackboneFactory, NdArrays } from '@understory/core';
import { listed, namingFile } from '../errors.ts';
import { codeOf } from '../names/codeOf.ts';
import { namesFor } from '../names/namesFor.ts';
import type { LeftOut } from '../weights/weights.ts';
import { classesIn, classifierOf } from './classifier.ts';
import type { Match } from './match.ts';
import { toModel } from './toModel.ts';

export interface BeginOptions {
  /** Code whose names the file has; found by its names where nothing is said. */
  readonly names?: string;
  /** What stands before the names in the file; found by itself where nothing is said. */
  readonly prefix?: string;
  /** Path of the file, for errors. */
  readonly file?: string;
  /** What `readWeights` could not read: named where the network needs it. */
  readonly leftOut?: readonly LeftOut[];
  /** Names of the file that are for another part of the network, and so not left out. */
  readonly elsewhere?: (name: string) => boolean;
  /** Is told once what was taken, and what was left out. */
  readonly say?: (line: string) => void;
}

interface Wanted extends BeginOptions {
  /** The classifier must be there and fit, as all else must. */
  readonly whole?: boolean;
}

export const CURE =
  'Is it for another backbone or "stem"? "names" says whose names the file has, "prefix" what stands before them.';

const CURE_OF_ALL =
  'Is it for another backbone, "stem" or "classes"? "names" says whose names the file has, "prefix" what stands before them.';

/** What of a file was not taken: `Left out of the file: 4 tensors (head.0.weight, …).`; empty where all was. */
export const leftText = (rest: readonly string[]): string => {
  if (rest.length === 0) return '';
  return ` Left out of the file: ${rest.length} tensor${rest.length > 1 ? 's' : ''} (${listed(rest, 3)}).`;
};

/** A file's weights in a backbone, but for a classifier that has no place there. */
export interface Begun extends Match {
  readonly code: string;
  /** Why the classifier is not the file's; empty where it is. */
  readonly afresh: string;
}

/**
 * Puts a file's weights into a backbone. A classifier of another number of classes, or one that is not there, stays as
 * it is; modules that the backbone does not have are left out. Errors: `weights-mismatch`, `bad-weights`, `unknown-name`.
 */
export const begin = (backbone: Backbone, file: NdArrays, options: Wanted): Begun => {
  const { model, classes } = backbone;
  const { names: code, prefix, leftOut = [], whole = false } = options;
  const names = namesFor(backbone, code ?? codeOf(file, backbone, prefix));
  const there = classesIn(file, model, names, prefix);
  // A backbone without a classifier leaves out the file's.
  const fits = there === classes || classes === 0 || whole;
  const skip = fits ? [] : [classifierOf(model)];
  const found = {
    skip,
    others: true,
    leftOut,
    cure: whole ? CURE_OF_ALL : CURE,
    ...(prefix !== undefined && { prefix }),
  };
  const match = toModel(file, model, names, found);
  const why = there === undefined ? 'the file has none' : `the file has ${there} classes`;
  return { ...match, code: names.code, afresh: fits ? '' : why };
};

/**
 * A backbone that begins with a file's weights instead of drawn ones. A classifier of another number of classes, or one
 * that is not there, is drawn as before, and said so, as is what else the file holds. A blank backbone stays blank.
 * Errors, when the backbone is made: `weights-mismatch`, `bad-weights`, `unknown-name`.
 */
export const withWeights = (
  factory: BackboneFactory,
  file: NdArrays,
  options: BeginOptions = {},
): BackboneFactory => {
  let told = false;
  return (request) => {
    const backbone = factory(request);
    if (request.blank) return backbone;
    const { code, afresh, rest } = namingFile(options.file, () => begin(backbone, file, options));
    const but = `, but for the classifier: ${afresh}, this run ${backbone.classes}; it starts afresh`;
    const what = `${backbone.name} begins with the file's weights (names of ${code})`;
    const left = rest.filter((name) => !options.elsewhere?.(name));
    if (!told) options.say?.(`${what}${afresh && but}.${leftText(left)}`);
    told = true;
    return backbone;
  };
};
