import { describeBackbone, type BackboneDescription } from '@understory/backbones';
import type { AnyPlugin, Registry } from '@understory/core';
import { chooseBackbone, stemsOf } from './backboneChoice.ts';

type Row = Omit<BackboneDescription, 'parts'> & { readonly stem?: string };

/** A backbone with each of its stems as plain data: parameters, multiply-adds, taps, input. Weights are not drawn. */
export const backboneRows = (registry: Registry, plugin: AnyPlugin): (Row | { problem: string })[] => {
  const stems = stemsOf(plugin);
  return (stems.length > 0 ? stems : [undefined]).map((stem) => {
    try {
      const chosen = chooseBackbone(registry, plugin.name, stem === undefined ? {} : { stem });
      const backbone = chosen.factory(chosen.request);
      const described: Row & { parts?: unknown } = { ...describeBackbone(backbone) };
      delete described.parts;
      backbone.model.dispose();
      return { ...(stem !== undefined && { stem }), ...described };
    } catch (error) {
      // Somebody's backbone that needs options is listed all the same.
      return { ...(stem !== undefined && { stem }), problem: (error as Error).message };
    }
  });
};
