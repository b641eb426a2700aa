import {
  METRIC,
  OBJECTIVE,
  readSpec,
  type Objective,
  type Problem,
  type Registry,
  type Token,
} from '@understory/core';
import type { ExperimentConfig } from './schema.ts';

/** A plugin's name with all of its options, as text: two that are equal do the same. */
const wholeSpec = (registry: Registry, token: Token<unknown>, spec: unknown): string => {
  const [name = '', options = {}] = readSpec(spec) ?? [];
  const plugin = registry.list(token).find((p) => p.name === name);
  return JSON.stringify([name, plugin?.options.parse(options) ?? options]);
};

/** Things of a list that are there twice, word for word: the second would only shadow or double the first. */
const repeated = (
  registry: Registry,
  token: Token<unknown>,
  key: 'objectives' | 'metrics',
  config: ExperimentConfig,
): Problem[] => {
  const all = config[key].map((spec) => wholeSpec(registry, token, spec));
  return all.flatMap((text, i) => {
    const first = all.indexOf(text);
    if (first === i) return [];
    const [name = ''] = readSpec(config[key][i]) ?? [];
    const cure =
      key === 'objectives' ? 'Take one out, or give one another weight or stream.' : 'Take one out.';
    return [
      {
        path: [key, i],
        text: `"${key}" has ${token.key} "${name}" twice with the same options (${first} and ${i}). ${cure}`,
      },
    ];
  });
};

const tooManyParts = ({ microBatches, batch, unlabelled }: ExperimentConfig): Problem[] => {
  const largest = Math.max(batch, unlabelled?.batch ?? 0);
  if (microBatches <= largest) return [];
  return [
    {
      path: ['microBatches'],
      text: `"microBatches" is ${microBatches}: a batch of ${largest} cannot be cut into more parts than it has images. Set it to at most ${largest}.`,
    },
  ];
};

/** Objectives that need more views of an image than the config gives in any stream that they look at. */
const tooFewViews = (registry: Registry, { objectives, views, unlabelled }: ExperimentConfig): Problem[] => {
  const streams = unlabelled
    ? [
        { name: 'labelled', given: views, path: ['views'] },
        {
          name: 'unlabelled',
          given: unlabelled.views ?? views,
          path: unlabelled.views ? ['unlabelled', 'views'] : ['views'],
        },
      ].filter(({ name }) => name === 'labelled' || unlabelled.batch > 0)
    : [{ name: 'train', given: views, path: ['views'] }];
  return objectives.flatMap((spec): Problem[] => {
    const { name, views: wanted = 1, viewSet, viewStreams }: Objective = registry.make(OBJECTIVE, spec);
    const seen = streams.filter((stream) => viewStreams?.includes(stream.name) ?? true);
    // An objective with views of its own says how many these are, and may do with fewer.
    if (
      viewSet !== undefined ||
      seen.length === 0 ||
      seen.some(({ given }) => (given?.length ?? wanted) >= wanted)
    )
      return [];
    const { path, given = [] } = seen[0]!;
    const text = `"${path.join('.')}" has ${given.length} view${given.length === 1 ? '' : 's'} and objective "${name}" needs ${wanted}. Give it ${wanted}, each a list of augmentations, or leave "views" out.`;
    return [{ path, text }];
  });
};

/** Values of a config that do not go together: each is right by itself. */
export const relations = (config: ExperimentConfig, registry: Registry): readonly Problem[] => [
  ...tooManyParts(config),
  ...repeated(registry, OBJECTIVE, 'objectives', config),
  ...repeated(registry, METRIC, 'metrics', config),
  ...tooFewViews(registry, config),
];
