import { applyOverride, optionsSchema, type ExperimentInput } from '@understory/config';
import {
  BACKBONE,
  seedOf,
  type AnyPlugin,
  type BackboneFactory,
  type BackboneRequest,
  type Registry,
} from '@understory/core';

/** How a backbone is chosen on the command line. */
export interface BackboneChoice {
  readonly stem?: string;
  readonly classes?: number;
  /** Side of the images, pixels. */
  readonly size?: number;
  /** `key=value` of the backbone's options. */
  readonly set?: readonly string[];
}

/** What each stem was made for: pixels of the image's side, and classes. */
const STEMS: Readonly<Record<string, readonly [side: number, classes: number]>> = {
  cifar: [32, 100],
  imagenet: [224, 1000],
};

/** The stems that a backbone can have; none where it has no such option. */
export const stemsOf = ({ options }: AnyPlugin): readonly string[] => {
  const { properties } = optionsSchema(options) as { properties?: { stem?: { enum?: string[] } } };
  return properties?.stem?.enum ?? [];
};

export interface ChosenBackbone {
  readonly factory: BackboneFactory;
  /** Classes and size as asked for, or as the stem was made for; all weights zero. */
  readonly request: BackboneRequest;
  readonly stem?: string;
}

/** A backbone by name, ready to be made without weights. Errors name the known backbones, options and values. */
export const chooseBackbone = (
  registry: Registry,
  name: string,
  { stem, classes, size, set = [] }: BackboneChoice,
): ChosenBackbone => {
  const config = { backbone: [name, stem === undefined ? {} : { stem }] as [string, { stem?: string }] };
  for (const override of set) applyOverride(config.backbone[1], override);
  const factory = registry.make(BACKBONE, config.backbone satisfies ExperimentInput['backbone']);
  const plugin = registry.list(BACKBONE).find((p) => p.name === name)!;
  const chosen = config.backbone[1].stem ?? stemsOf(plugin)[0];
  const [side, count] = STEMS[chosen ?? ''] ?? STEMS['cifar']!;
  const pixels = size ?? side;
  return {
    factory,
    request: {
      classes: classes ?? count,
      size: [pixels, pixels],
      seed: seedOf(0),
      blank: true,
    },
    ...(chosen !== undefined && { stem: chosen }),
  };
};
