/** How a config names a plugin of each kind, for its README: lines of YAML. */
const IN_CONFIG = {
  augmentation: (name) => `views: [[${name}], [${name}]]`,
  backbone: (name) => `backbone: ${name}`,
  'classification-loss': (name) => `objectives: [[cross-entropy, { loss: ${name} }]]`,
  dataset: (name) => `dataset: ${name}`,
  evaluator: (name) => `evaluators: [${name}]`,
  'export-format': (name) => `# then: understory export runs/<name> --format ${name}`,
  head: (name) => `objectives: [cross-entropy, [contrastive-deep-supervision, { head: ${name} }]]`,
  loss: (name) => `objectives: [cross-entropy, [contrastive-deep-supervision, { loss: ${name} }]]`,
  metric: (name) => `metrics: [accuracy, ${name}]`,
  mixing: (name) => `objectives: [[mixed-cross-entropy, { mixing: ${name} }]]`,
  objective: (name) => `objectives: [cross-entropy, ${name}]`,
  optimizer: (name) => `optimizer: ${name}`,
  'prediction-loss': (name) => `objectives: [cross-entropy, [simple-siamese, { loss: ${name} }]]`,
  'prototype-loss': (name) => `objectives: [cross-entropy, [swapped-prediction, { loss: ${name} }]]`,
  'queue-loss': (name) => `objectives: [cross-entropy, [momentum-contrast, { loss: ${name} }]]`,
  reporter: (name) => `reporters: [${name}]`,
  sampler: (name) => `sampler: ${name}`,
  schedule: (name) => `schedule: ${name}`,
  task: (name) => `task: ${name}`,
} satisfies Record<string, (name: string) => string>;

export type Kind = keyof typeof IN_CONFIG;

export const KINDS = Object.keys(IN_CONFIG) as readonly Kind[];

export const isKind = (text: string): text is Kind => Object.hasOwn(IN_CONFIG, text);

export const inConfig = (kind: Kind, name: string): string => IN_CONFIG[kind](name);
