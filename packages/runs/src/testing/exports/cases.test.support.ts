import { BACKBONE, TASK, type Registry, type Spec } from '@understory/core';
import { networkFor, smallNetwork, type Exportable } from './networks.test.support.ts';

export interface NamedNetwork {
  readonly name: string;
  readonly make: () => Exportable;
}

/** Every backbone that a registry knows, small. */
export const familyNetworks = (registry: Registry): readonly NamedNetwork[] =>
  registry
    .list(BACKBONE)
    .map((plugin) => ({ name: plugin.name, make: () => smallNetwork(registry, plugin) }));

/** Options with which a task's part is small; what has none of these is as it is. */
const SMALL: Readonly<Record<string, readonly object[]>> = {
  retinanet: ['mmdetection', 'torchvision'].map((variant) => ({ variant, width: 16, depth: 1, most: 30 })),
  'faster-rcnn': ['mmdetection', 'torchvision'].map((variant) => ({
    ...{ variant, width: 16, hidden: 24, proposals: 60, most: 30 },
  })),
};

/** Every task that a registry knows, on a small ResNet. */
export const taskNetworks = (registry: Registry): readonly NamedNetwork[] =>
  registry.list(TASK).flatMap(({ name }) =>
    (SMALL[name] ?? [{}]).map((options) => ({
      name: [name, ...('variant' in options ? [String(options.variant)] : [])].join('-'),
      make: () => {
        const spec: Spec = [name, options as Readonly<Record<string, unknown>>];
        const of = {
          options: { width: 0.0625, stem: 'imagenet' },
          task: registry.make(TASK, spec),
          side: 64,
        };
        return networkFor(registry, 'resnet18', of);
      },
    })),
  );
