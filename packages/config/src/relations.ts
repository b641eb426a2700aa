import {
  METRIC,
  OBJECTIVE,
  readSpec,
  unknownName,
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

/** A stream of a config, the views that it is given by name, if any, and where. */
interface Given {
  readonly name: string;
  readonly views: ExperimentConfig['views'];
  readonly path: readonly string[];
}

const streamsOf = ({ views, unlabelled }: ExperimentConfig): readonly Given[] => {
  if (!unlabelled) return [{ name: 'train', views, path: ['views'] }];
  const labelled: Given = { name: 'labelled', views, path: ['views'] };
  if (unlabelled.batch === 0) return [labelled];
  const path = unlabelled.views ? ['unlabelled', 'views'] : ['views'];
  return [labelled, { name: 'unlabelled', views: unlabelled.views ?? views, path }];
};

/** An objective that looks at a stream which the config does not have. */
const noStream = (
  { name, viewStreams = [] }: Objective,
  streams: readonly Given[],
  path: Problem['path'],
): Problem[] => {
  const known = streams.map((stream) => stream.name);
  return viewStreams
    .filter((wanted) => !known.includes(wanted))
    .map((wanted) => {
      const cure =
        wanted === 'unlabelled'
          ? 'Give the config "unlabelled", with a batch above 0, or name another stream.'
          : 'Name one of these.';
      return { path, text: `objective "${name}": ${unknownName('stream', wanted, known, cure).message}` };
    });
};

/** An objective that needs more views of an image than the config gives in any stream that it looks at. */
const tooFewViews = (
  { name, views: wanted = 1, viewSet, viewStreams }: Objective,
  streams: readonly Given[],
): Problem[] => {
  const seen = streams.filter((stream) => viewStreams?.includes(stream.name) ?? true);
  const [first] = seen;
  const enough = seen.some(({ views }) => (views?.length ?? wanted) >= wanted);
  // An objective with views of its own says how many these are, and may do with fewer.
  if (!first || enough || viewSet !== undefined) return [];
  const { path, views = [] } = first;
  const given = `"${path.join('.')}" has ${views.length} view${views.length === 1 ? '' : 's'}`;
  const cure = `Give it ${wanted}, each a list of augmentations, or leave "views" out.`;
  return [{ path, text: `${given} and objective "${name}" needs ${wanted}. ${cure}` }];
};

const ofObjectives = (config: ExperimentConfig, registry: Registry): Problem[] => {
  const streams = streamsOf(config);
  return config.objectives.flatMap((spec, i) => {
    const objective = registry.make(OBJECTIVE, spec);
    return [...noStream(objective, streams, ['objectives', i]), ...tooFewViews(objective, streams)];
  });
};

/** Values of a config that do not go together: each is right by itself. */
export const relations = (config: ExperimentConfig, registry: Registry): readonly Problem[] => [
  ...tooManyParts(config),
  ...repeated(registry, OBJECTIVE, 'objectives', config),
  ...repeated(registry, METRIC, 'metrics', config),
  ...ofObjectives(config, registry),
];
