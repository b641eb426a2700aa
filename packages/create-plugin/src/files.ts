import { inConfig, type Kind } from './kinds.ts';

/** What a new package is made of. */
export interface Choice {
  readonly kind: Kind;
  /** How configs name the plugin. */
  readonly name: string;
  /** How npm names the package. */
  readonly packageName: string;
  /** Version of Understory's packages that it is written for. */
  readonly version: string;
  /** Source of the plugin, whose name is `own` and whose export is `ownPlugin`. */
  readonly template: string;
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const PACKAGE = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;

export const isName = (text: string): boolean => NAME.test(text);
export const isPackageName = (text: string): boolean => text.length <= 214 && PACKAGE.test(text);

/** `cosine-margin` → `cosineMarginPlugin` */
export const exportOf = (name: string): string =>
  `${name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}Plugin`;

/** Packages that a source imports, tfjs's and Understory's apart from Node's own. */
const importsOf = (source: string): readonly string[] => [
  ...new Set(
    [...source.matchAll(/from '((?:@[\w-]+\/)?[\w-]+)(?:\/[^']*)?'/g)].flatMap(([, from = '']) => from),
  ),
];

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

const manifest = ({ kind, name, packageName, version, template }: Choice): string => {
  const ours = `^${version}`;
  const foreign = { '@tensorflow/tfjs-core': '^4.22.0', '@tensorflow/tfjs-layers': '^4.22.0', zod: '^4.0.0' };
  const used = importsOf(template).filter((one) => one.startsWith('@understory/'));
  const peers = ['@understory/core', ...used].map((one) => [one, ours] as const);
  return json({
    name: packageName,
    version: '0.1.0',
    description: `The ${kind} ${name}, a plugin for Understory`,
    keywords: ['understory', 'understory-plugin', kind],
    type: 'module',
    sideEffects: false,
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist'],
    engines: { node: '>=20' },
    scripts: { build: 'tsc -p .', test: 'vitest run', prepack: 'npm run build' },
    peerDependencies: { ...Object.fromEntries(peers), ...foreign },
    devDependencies: {
      '@tensorflow/tfjs': '^4.22.0',
      '@types/node': '^22.0.0',
      '@understory/testing': ours,
      typescript: '>=5.9',
      vitest: '>=3',
    },
  });
};

const tsconfig = json({
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    declaration: true,
    outDir: 'dist',
    rootDir: 'src',
    skipLibCheck: true,
    types: ['node'],
  },
  include: ['src'],
  exclude: ['src/**/*.test.ts'],
});

const test = ({ name }: Choice): string => `import '@tensorflow/tfjs';
import { conformance } from '@understory/testing';
import { describe, it } from 'vitest';
import { ${exportOf(name)} } from './${name}.ts';

describe('${name}', () => {
  for (const { name, run } of conformance(${exportOf(name)})) it(name, run);
});
`;

const readme = ({ kind, name, packageName }: Choice): string => `# ${packageName}

A plugin for [Understory](https://www.npmjs.com/package/@understory/cli): the ${kind} \`${name}\`.

\`\`\`sh
npm install ${packageName}
\`\`\`

\`\`\`yaml
plugins: ['${packageName}']
${inConfig(kind, name)}
\`\`\`

\`npm test\` checks that it keeps the contract of its kind; add the values that it should give.
`;

/** Every file of the package, by path. */
export const filesOf = (choice: Choice): ReadonlyMap<string, string> => {
  const { name, template } = choice;
  const source = template.replaceAll('ownPlugin', exportOf(name)).replaceAll("'own'", `'${name}'`);
  return new Map([
    ['package.json', manifest(choice)],
    ['tsconfig.json', tsconfig],
    ['README.md', readme(choice)],
    ['.gitignore', 'node_modules\ndist\n'],
    ['src/index.ts', `export { ${exportOf(name)} } from './${name}.ts';\n`],
    [`src/${name}.ts`, source],
    [`src/${name}.test.ts`, test(choice)],
  ]);
};
