import type { OperationName } from './operations.ts';

/** An operation, the part of the images on which it is done, and its level 0…9 where it has one. */
export type PolicyStep = readonly [operation: OperationName, p: number, level?: number];
export type SubPolicy = readonly [PolicyStep, PolicyStep];

/** The policies that were found for two datasets (Cubuk et al. 2019, appendix); repeated rows count twice. */
export const POLICIES = {
  // prettier-ignore
  cifar10: [
    [['invert', 0.1], ['contrast', 0.2, 6]],
    [['rotate', 0.7, 2], ['translate-x', 0.3, 9]],
    [['sharpness', 0.8, 1], ['sharpness', 0.9, 3]],
    [['shear-y', 0.5, 8], ['translate-y', 0.7, 9]],
    [['autocontrast', 0.5], ['equalize', 0.9]],
    [['shear-y', 0.2, 7], ['posterize', 0.3, 7]],
    [['color', 0.4, 3], ['brightness', 0.6, 7]],
    [['sharpness', 0.3, 9], ['brightness', 0.7, 9]],
    [['equalize', 0.6], ['equalize', 0.5]],
    [['contrast', 0.6, 7], ['sharpness', 0.6, 5]],
    [['color', 0.7, 7], ['translate-x', 0.5, 8]],
    [['equalize', 0.3], ['autocontrast', 0.4]],
    [['translate-y', 0.4, 3], ['sharpness', 0.2, 6]],
    [['brightness', 0.9, 6], ['color', 0.2, 8]],
    [['solarize', 0.5, 2], ['invert', 0]],
    [['equalize', 0.2], ['autocontrast', 0.6]],
    [['equalize', 0.2], ['equalize', 0.6]],
    [['color', 0.9, 9], ['equalize', 0.6]],
    [['autocontrast', 0.8], ['solarize', 0.2, 8]],
    [['brightness', 0.1, 3], ['color', 0.7, 0]],
    [['solarize', 0.4, 5], ['autocontrast', 0.9]],
    [['translate-y', 0.9, 9], ['translate-y', 0.7, 9]],
    [['autocontrast', 0.9], ['solarize', 0.8, 3]],
    [['equalize', 0.8], ['invert', 0.1]],
    [['translate-y', 0.7, 9], ['autocontrast', 0.9]],
  ],
  // prettier-ignore
  imagenet: [
    [['posterize', 0.4, 8], ['rotate', 0.6, 9]],
    [['solarize', 0.6, 5], ['autocontrast', 0.6]],
    [['equalize', 0.8], ['equalize', 0.6]],
    [['posterize', 0.6, 7], ['posterize', 0.6, 6]],
    [['equalize', 0.4], ['solarize', 0.2, 4]],
    [['equalize', 0.4], ['rotate', 0.8, 8]],
    [['solarize', 0.6, 3], ['equalize', 0.6]],
    [['posterize', 0.8, 5], ['equalize', 1]],
    [['rotate', 0.2, 3], ['solarize', 0.6, 8]],
    [['equalize', 0.6], ['posterize', 0.4, 6]],
    [['rotate', 0.8, 8], ['color', 0.4, 0]],
    [['rotate', 0.4, 9], ['equalize', 0.6]],
    [['equalize', 0], ['equalize', 0.8]],
    [['invert', 0.6], ['equalize', 1]],
    [['color', 0.6, 4], ['contrast', 1, 8]],
    [['rotate', 0.8, 8], ['color', 1, 2]],
    [['color', 0.8, 8], ['solarize', 0.8, 7]],
    [['sharpness', 0.4, 7], ['invert', 0.6]],
    [['shear-x', 0.6, 5], ['equalize', 1]],
    [['color', 0.4, 0], ['equalize', 0.6]],
    [['equalize', 0.4], ['solarize', 0.2, 4]],
    [['solarize', 0.6, 5], ['autocontrast', 0.6]],
    [['invert', 0.6], ['equalize', 1]],
    [['color', 0.6, 4], ['contrast', 1, 8]],
    [['equalize', 0.8], ['equalize', 0.6]],
  ],
} satisfies Record<string, readonly SubPolicy[]>;
