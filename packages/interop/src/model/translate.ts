import type { Backbone, BackboneFactory, BackboneRequest, NdArrays } from '@understory/core';
import { codeOf } from '../names/codeOf.ts';
import { namesFor } from '../names/namesFor.ts';
import { classesIn } from './classifier.ts';
import { fromLayout, toLayout } from './match.ts';
import { slotsOf } from './slots.ts';

export interface TranslateOptions {
  /** Code whose names the file has; found by its names where nothing is said. */
  readonly from?: string;
  /** Code whose names are wanted: `understory` where nothing is said. */
  readonly to?: string;
  /** What stands before the names in the file; found by itself where nothing is said. */
  readonly prefix?: string;
}

export interface Translation {
  readonly tensors: NdArrays;
  readonly from: string;
  readonly to: string;
  readonly backbone: Backbone;
}

/** The backbone, its weights zero, with as many classes as the file has. */
const fitting = (
  file: NdArrays,
  factory: BackboneFactory,
  request: BackboneRequest,
  { from, prefix }: TranslateOptions,
): Backbone => {
  const backbone = factory({ ...request, blank: true });
  const names = namesFor(backbone, from ?? codeOf(file, backbone));
  const classes = classesIn(file, backbone.model, names, prefix);
  if (classes === undefined || classes === request.classes) return backbone;
  backbone.model.dispose();
  return factory({ ...request, classes, blank: true });
};

/**
 * A network's weights from one code's names and layouts to another's. The number of classes is the file's; every weight
 * must be there. The caller disposes of `backbone.model`, whose weights are zero.
 * Errors: `weights-mismatch`, which lists what is missing, unexpected or of another shape; `unknown-name`.
 */
export const translate = (
  file: NdArrays,
  factory: BackboneFactory,
  request: BackboneRequest,
  options: TranslateOptions = {},
): Translation => {
  const backbone = fitting(file, factory, request, options);
  const { from = codeOf(file, backbone), to = 'understory', prefix } = options;
  const slots = slotsOf(backbone.model);
  const target = namesFor(backbone, to);
  const arrays = toLayout(file, slots, namesFor(backbone, from), prefix === undefined ? {} : { prefix });
  return { tensors: fromLayout(arrays, slots, target), from, to, backbone };
};
