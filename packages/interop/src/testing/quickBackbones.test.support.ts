import { backbonePlugins } from '@understory/backbones';
import { seedOf, type Backbone, type BackboneFactory } from '@understory/core';

export const build = (name: string, options: object, size: number): Backbone => {
  const plugin = backbonePlugins.find((one) => one.name === name)!;
  const create = plugin.create as (options: unknown) => BackboneFactory;
  return create(plugin.options.parse(options))({
    classes: 5,
    size: [size, size],
    seed: seedOf(1),
    blank: true,
  });
};

/** A plugin's options for a network that is quickly built: as narrow and shallow as it can be, with the stem that it has. */
export const quick = (name: string): Backbone => {
  for (const stem of ['cifar', 'imagenet'])
    for (const small of [{ width: 0.0625, depth: 0.34 }, { width: 0.17, depth: 0.34 }, { width: 0.25 }, {}])
      try {
        return build(name, { stem, ...small }, 32);
      } catch {
        continue; // an option or size that it has not
      }
  throw new Error(`${name} cannot be built.`);
};
