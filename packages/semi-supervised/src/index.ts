import type { AnyPlugin } from '@understory/core';
import { contrastiveSemiSupervisionPlugin } from './objectives/contrastiveSemiSupervision.ts';
import { meanTeacherPlugin } from './objectives/meanTeacher.ts';
import { fixMatchPlugin, pseudoLabelPlugin } from './objectives/pseudoLabels.ts';

export { confidentRows, pseudoLabelLoss, type PseudoLabelOptions } from './losses/pseudoLabel.ts';
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
export { meanTeacher, meanTeacherPlugin, MeanTeacherOptions } from './objectives/meanTeacher.ts';

/** Everything that this package teaches a registry. */
export const semiSupervisedPlugins: readonly AnyPlugin[] = [
  contrastiveSemiSupervisionPlugin,
  pseudoLabelPlugin,
  meanTeacherPlugin,
  fixMatchPlugin,
];
