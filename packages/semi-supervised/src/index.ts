import type { AnyPlugin } from '@understory/core';
import { contrastiveSemiSupervisionPlugin } from './objectives/contrastiveSemiSupervision.ts';
import { freeMatchPlugin } from './objectives/freeMatch.ts';
import { meanTeacherPlugin } from './objectives/meanTeacher.ts';
import { fixMatchPlugin, pseudoLabelPlugin } from './objectives/pseudoLabels.ts';
import { softMatchPlugin } from './objectives/softMatch.ts';

export {
  confidentRows,
  pseudoLabelLoss,
  weightedPseudoLabelLoss,
  type PseudoLabelOptions,
} from './losses/pseudoLabel.ts';
export {
  classThresholds,
  fairnessLoss,
  firstSeenClasses,
  rowsAboveThreshold,
  seenClasses,
  type AdaptiveThresholdOptions,
  type SeenClasses,
} from './losses/freeMatch.ts';
export {
  firstSeenConfidence,
  softWeights,
  type SeenConfidence,
  type SoftWeightOptions,
} from './losses/softMatch.ts';
export { consistencyLoss } from './losses/consistency.ts';
export {
  contrastiveSemiSupervision,
  contrastiveSemiSupervisionPlugin,
  ContrastiveSemiSupervisionOptions,
} from './objectives/contrastiveSemiSupervision.ts';
export {
  fixMatch,
  fixMatchPlugin,
  FixMatchOptions,
  pseudoLabel,
  pseudoLabelPlugin,
  PseudoLabelSettings,
} from './objectives/pseudoLabels.ts';
export { freeMatch, freeMatchPlugin, FreeMatchOptions } from './objectives/freeMatch.ts';
export { softMatch, softMatchPlugin, SoftMatchOptions } from './objectives/softMatch.ts';
export { meanTeacher, meanTeacherPlugin, MeanTeacherOptions } from './objectives/meanTeacher.ts';

/** Everything that this package teaches a registry. */
export const semiSupervisedPlugins: readonly AnyPlugin[] = [
  contrastiveSemiSupervisionPlugin,
  pseudoLabelPlugin,
  meanTeacherPlugin,
  fixMatchPlugin,
  freeMatchPlugin,
  softMatchPlugin,
];
