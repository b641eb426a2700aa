import { adamPlugin, adamWPlugin } from './adam.ts';
import { larsPlugin } from './lars.ts';
import { lionPlugin } from './lion.ts';
import { rmsPropPlugin } from './rmsProp.ts';
import { constantPlugin } from './schedules/constant.ts';
import { cosinePlugin } from './schedules/cosine.ts';
import { multiStepPlugin } from './schedules/multiStep.ts';
import { oneCyclePlugin } from './schedules/oneCycle.ts';
import { stepPlugin } from './schedules/step.ts';
import { sgdPlugin } from './sgd.ts';

export { sgd, sgdPlugin, SgdOptions } from './sgd.ts';
export { adam, adamW, adamPlugin, adamWPlugin, AdamOptions, AdamWOptions } from './adam.ts';
export { lars, larsPlugin, LarsOptions } from './lars.ts';
export { lion, lionPlugin, LionOptions } from './lion.ts';
export { rmsProp, rmsPropPlugin, RmsPropOptions } from './rmsProp.ts';
export { clipByGlobalNorm, globalNorm } from './clipByGlobalNorm.ts';
export { scaleByName, type Rates } from './scaleByName.ts';
export { constant, constantPlugin, ConstantOptions } from './schedules/constant.ts';
export { multiStep, multiStepPlugin, MultiStepOptions } from './schedules/multiStep.ts';
export { step, stepPlugin, StepOptions } from './schedules/step.ts';
export { cosine, cosinePlugin, CosineOptions } from './schedules/cosine.ts';
export { oneCycle, oneCyclePlugin, OneCycleOptions } from './schedules/oneCycle.ts';
export { warmup } from './schedules/warmup.ts';

/** Every optimizer of this package, for a registry. */
export const optimizerPlugins = [
  sgdPlugin,
  adamPlugin,
  adamWPlugin,
  larsPlugin,
  lionPlugin,
  rmsPropPlugin,
] as const;

/** Every schedule of this package, for a registry. */
export const schedulePlugins = [
  constantPlugin,
  multiStepPlugin,
  stepPlugin,
  cosinePlugin,
  oneCyclePlugin,
] as const;
