// Imports go down the layers, never sideways: see ARCHITECTURE.md.
const L1 =
  'registry|config|augmentations|losses|backbones|supervision|distillation|semi-supervised|detection|metrics|evaluators|tasks|optimizers|datasets|emoji|engine|interop|tracking|report|serve|testing|create-plugin';
// Of report the main entry alone runs in a page, which tooling/pages.test.ts sees to.
const PAGES = 'core|config|tracking|interop|serve';
// Templates are what users begin with, and import what users may.
const source = { pathNot: '\\.test\\.|/testdata/|/templates/' };

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-the-ground',
      severity: 'error',
      from: { path: '^packages/core/', ...source },
      to: { path: '^packages/(?!core/)' },
    },
    {
      name: 'node-apart',
      comment:
        'What needs Node lies in src/node, the entry /node, which the rest of these packages does not import: it runs in pages.',
      severity: 'error',
      from: { path: `^packages/(${PAGES})/src/`, pathNot: '^packages/[^/]+/src/node/|\\.test\\.' },
      to: { path: '^packages/[^/]+/src/node/' },
    },
    {
      name: 'no-node-in-pages',
      severity: 'error',
      from: { path: `^packages/(${PAGES})/src/`, pathNot: '^packages/[^/]+/src/node/|\\.test\\.' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-needs-no-schema-library',
      comment:
        'What options share as zod schemas is an entry of its own, @understory/core/zod, which core itself does not import.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: '^packages/core/src/zod\\.ts$|\\.test\\.' },
      to: { path: '^packages/core/src/zod\\.ts$|node_modules/zod/' },
    },
    {
      name: 'no-sideways',
      comment:
        'A plugin that needs a neighbour takes it as an argument typed by core; the recipe hands it over.',
      severity: 'error',
      from: { path: `^packages/(${L1})/`, pathNot: `${source.pathNot}|^packages/emoji/` },
      to: { path: '^packages/', pathNot: '^packages/(core|$1)/' },
    },
    {
      name: 'emoji-on-datasets',
      comment:
        'A dataset of a package of its own takes samples, splits and limits from datasets, which knows nothing of it.',
      severity: 'error',
      from: { path: '^packages/emoji/', ...source },
      to: { path: '^packages/', pathNot: '^packages/(core|datasets|emoji)/' },
    },
    {
      name: 'recipes-below-runs',
      severity: 'error',
      from: { path: '^packages/recipes/', ...source },
      to: { path: '^packages/(runs|cli)/' },
    },
    {
      name: 'runs-below-cli',
      severity: 'error',
      from: { path: '^packages/runs/' },
      to: { path: '^packages/cli/' },
    },
    {
      name: 'dashboard-reads-runs',
      comment:
        'The live page reads run folders and shows them by the report; what trains is handed to it by the cli.',
      severity: 'error',
      from: { path: '^packages/dashboard/', ...source },
      to: { path: '^packages/(?!core/|tracking/|report/|dashboard/)' },
    },
    {
      name: 'tsyringe-in-registry-only',
      severity: 'error',
      from: { pathNot: '^packages/registry/' },
      to: { path: 'tsyringe' },
    },
    {
      name: 'native-in-engine-only',
      severity: 'error',
      from: { pathNot: '^packages/engine/' },
      to: { path: '@tensorflow/tfjs-node' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@understory/source', 'import', 'require', 'node', 'default'],
    },
  },
};
