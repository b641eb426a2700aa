import { existsSync, readFileSync } from 'node:fs';

const file = new URL('pages/entries.json', import.meta.url);
if (!existsSync(file)) throw new Error('Run `npm run docs`: the pages are laid out first.');
const entries = JSON.parse(readFileSync(file, 'utf8'));

/** @type {Partial<import('typedoc').TypeDocOptions & import('typedoc-plugin-markdown').PluginOptions>} */
export default {
  entryPoints: entries.map(({ source }) => `../../${source}`),
  tsconfig: 'tsconfig.json',
  plugin: ['typedoc-plugin-markdown', './typedoc-names.mjs'],
  out: 'pages/api',
  name: 'API',
  router: 'module',
  skipErrorChecking: true, // `tsc -b` has checked the packages
  disableSources: true,
  readme: 'none',
  excludeExternals: true,
  excludePrivate: true,
  // A broken {@link} ends the build.
  validation: { invalidLink: true, notExported: false, notDocumented: false },
  treatValidationWarningsAsErrors: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  sanitizeComments: true,
  entryFileName: 'index',
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  propertyMembersFormat: 'table',
  enumMembersFormat: 'table',
};
