import type { BackboneFactory, NdArrays } from '@understory/core';
import { codeOf } from '../names/codeOf.ts';
import { namesFor } from '../names/namesFor.ts';
import { classesIn, classifierOf } from './classifier.ts';
import { toModel } from './toModel.ts';

export interface BeginOptions {
  /** Code whose names the file has; found by its names where nothing is said. */
  readonly names?: string;
  /** What stands before the names in the file; found by itself where nothing is said. */
  readonly prefix?: string;
  /** Is told once what was taken, and what was left out. */
  readonly say?: (line: string) => void;
}

/**
 * A backbone that begins with a file's weights instead of drawn ones. A classifier of another number of classes, or one
 * that is not there, is drawn as before, and said so. A blank backbone stays blank.
 * Errors, when the backbone is made: `weights-mismatch`, `unknown-name`.
 */
export const withWeights = (
  factory: BackboneFactory,
  file: NdArrays,
  { names: code, prefix, say }: BeginOptions = {},
): BackboneFactory => {
  let told = false;
  return (request) => {
    const backbone = factory(request);
    if (request.blank) return backbone;
    const { name, model, classes } = backbone;
    const names = namesFor(backbone, code ?? codeOf(file, backbone));
    const there = classesIn(file, model, names, prefix);
    const fits = there === classes;
    const skip = fits ? [] : [classifierOf(model)];
    toModel(file, model, names, { skip, ...(prefix !== undefined && { prefix }) });
    const why = there === undefined ? 'the file has none' : `the file has ${there} classes`;
    const rest = fits ? '' : `, but for the classifier: ${why}, this run ${classes}; it starts afresh`;
    if (!told) say?.(`${name} begins with the file's weights (names of ${names.code})${rest}.`);
    told = true;
    return backbone;
  };
};
