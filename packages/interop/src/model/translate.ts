import type { Backbone, BackboneFactory, BackboneRequest, NdArrays } from '@understory/core';
import { codeOf } from '../names/codeOf.ts';
import { namesFor } from '../names/namesFor.ts';
import { classesIn, classifierOf } from './classifier.ts';
import { notFiniteIn } from './finite.ts';
import { fromLayout, matchFile, type MatchOptions } from './match.ts';
import { CURE } from './mismatch.ts';
import { slotsOf } from './slots.ts';

export interface TranslateOptions extends Pick<MatchOptions, 'prefix' | 'leftOut' | 'cure'> {
  /** Code whose names the file has; found by its names where nothing is said. */
  readonly from?: string;
  /** Code whose names are wanted: `understory` where nothing is said. */
  readonly to?: string;
}

export interface Translation {
  readonly tensors: NdArrays;
  readonly from: string;
  readonly to: string;
  readonly backbone: Backbone;
  /** Whether the file has a classifier; where it has none, `tensors` has none. */
  readonly classifier: boolean;
  /** Names in the file that are in no one of `tensors`. */
  readonly rest: readonly string[];
  /** The file's tensors that hold NaN or infinite numbers, each with how many. */
  readonly notFinite: readonly string[];
}

/** The backbone, its weights zero, with as many classes as the file has. */
const fitting = (
  file: NdArrays,
  factory: BackboneFactory,
  request: BackboneRequest,
  { from, prefix }: TranslateOptions,
): { readonly backbone: Backbone; readonly code: string; readonly classifier: boolean } => {
  const backbone = factory({ ...request, blank: true });
  const code = from ?? codeOf(file, backbone, prefix);
  const classes = classesIn(file, backbone.model, namesFor(backbone, code), prefix);
  const classifier = classes !== undefined;
  if (classes === undefined || classes === request.classes) return { backbone, code, classifier };
  backbone.model.dispose();
  return { backbone: factory({ ...request, classes, blank: true }), code, classifier };
};

/**
 * A network's weights from one code's names and layouts to another's. The number of classes is the file's; every weight
 * must be there, but for a classifier that the file has none of. The caller disposes of `backbone.model`, whose weights
 * are zero. Errors: `weights-mismatch`, which counts what is missing, unexpected or of another shape; `unknown-name`.
 */
export const translate = (
  file: NdArrays,
  factory: BackboneFactory,
  request: BackboneRequest,
  options: TranslateOptions = {},
): Translation => {
  const { backbone, code, classifier } = fitting(file, factory, request, options);
  const { to = 'understory', prefix, leftOut, cure = CURE } = options;
  const slots = slotsOf(backbone.model);
  const target = namesFor(backbone, to);
  const skip = classifier ? [] : [classifierOf(backbone.model)];
  const { arrays, places, rest } = matchFile(file, slots, namesFor(backbone, code), {
    skip,
    cure,
    ...(prefix !== undefined && { prefix }),
    ...(leftOut && { leftOut }),
  });
  const tensors = fromLayout(arrays, slots, target, { skip });
  return { tensors, from: code, to, backbone, classifier, rest, notFinite: notFiniteIn(arrays, places) };
};
