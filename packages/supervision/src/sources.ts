import {
  runModule,
  type BuildContext,
  type HeadFactory,
  type Named,
  type StepContext,
} from '@understory/core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { runOnVectors, vectorModule, widthOf } from './heads/vectorModule.ts';
import { buildHeads, type ChosenTap } from './taps.ts';

/** What is contrasted: the map or vector, and the modules that it goes through. */
export interface Source {
  readonly mapOf: (step: StepContext) => Tensor;
  readonly head?: LayersModel | undefined;
  readonly expander?: LayersModel | undefined;
}

/** Embeds a map [R, h, w, c], or a vector [R, D]. */
export const embedderOf =
  ({ head, expander }: Source, { call }: StepContext) =>
  (map: Tensor): Tensor2D => {
    const embedding = head ? runModule(head, map, call) : (map as Tensor2D);
    return expander ? runOnVectors(expander, embedding, call) : embedding;
  };

/** What is contrasted by the term's name, a tap's or `final`, and the modules of it by theirs. */
export const buildSources = (
  { backbone, seed }: BuildContext,
  { head, expander }: { readonly head: HeadFactory; readonly expander?: HeadFactory | undefined },
  { taps, includeFinal }: { readonly taps: readonly ChosenTap[]; readonly includeFinal: boolean },
): { readonly sources: Named<Source>; readonly modules: Named<LayersModel> } => {
  const heads = buildHeads(backbone, taps, head, seed);
  const expanderOf = (name: string, width: number): LayersModel | undefined =>
    expander &&
    vectorModule(backbone, expander, { name: `${name}-expander`, width, seed: seed.at('expander', name) });
  const ofTaps = taps.map(({ name, index }): [string, Source] => {
    const module = heads[name]!;
    const mapOf: Source['mapOf'] = (step) => step.taps[index]!;
    return [name, { mapOf, head: module, expander: expanderOf(name, widthOf(module)) }];
  });
  const final: Source = {
    mapOf: (step) => step.pooled,
    expander: includeFinal ? expanderOf('final', backbone.features) : undefined,
  };
  const sources = Object.fromEntries([...ofTaps, ...(includeFinal ? [['final', final] as const] : [])]);
  const expanders = Object.entries(sources).flatMap(([name, { expander: made }]) =>
    made ? [[`${name}-expander`, made] as const] : [],
  );
  return { sources, modules: { ...heads, ...Object.fromEntries(expanders) } };
};
