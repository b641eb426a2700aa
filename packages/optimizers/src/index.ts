import { constantPlugin } from './schedules/constant.ts';
import { cosinePlugin } from './schedules/cosine.ts';
import { multiStepPlugin } from './schedules/multiStep.ts';
import { sgdPlugin } from './sgd.ts';

export { sgd, sgdPlugin, SgdOptions } from './sgd.ts';
export { constant, constantPlugin, ConstantOptions } from './schedules/constant.ts';
export { cosine, cosinePlugin, CosineOptions } from './schedules/cosine.ts';
export { multiStep, multiStepPlugin, MultiStepOptions } from './schedules/multiStep.ts';
export { warmup } from './schedules/warmup.ts';

/** Every optimizer of this package, for a registry. */
export const optimizerPlugins = [sgdPlugin] as const;
/** Every schedule of this package, for a registry. */
export const schedulePlugins = [constantPlugin, multiStepPlugin, cosinePlugin] as const;
