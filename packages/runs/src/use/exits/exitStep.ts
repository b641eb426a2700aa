import { mean } from '@tensorflow/tfjs-core';
import {
  forward,
  LOGITS,
  preprocess,
  runModule,
  type Network,
  type Preprocessing,
  type StepFunction,
} from '@understory/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { PlannedExit } from './planExits.ts';

/** Name of what comes out at an exit: logits, or what a classifier is fitted to. */
export const exitOutput = (name: string): string => `exit/${name}`;

/**
 * Inference on stored images: `images` [B, H, W, 3] → what each exit's modules give, `exit/stage1` [B, D], the `logits` [B, C], and
 * each tap's map averaged over its places, `tap/stage1` [B, c].
 */
export const exitStep =
  (
    { backbone }: Pick<Network, 'backbone'>,
    exits: readonly Pick<PlannedExit, 'name' | 'tap' | 'modules'>[],
    preprocessing: Preprocessing,
  ): StepFunction =>
  ({ images }) => {
    const call = { training: false };
    const { taps, outputs } = forward({ backbone }, preprocess(images!, preprocessing), call);
    const early = exits.map(({ name, tap, modules }) => {
      const given = modules.reduce<Tensor>((x, module) => runModule(module, x, call), taps[tap]!);
      return [exitOutput(name), given] as const;
    });
    const pooled = taps.map((map, i) => [`tap/${backbone.taps[i]!.name}`, mean(map, [1, 2])] as const);
    return { [LOGITS]: outputs[LOGITS]!, ...Object.fromEntries(early), ...Object.fromEntries(pooled) };
  };
