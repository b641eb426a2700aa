import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/vendor/**',
      '**/node_modules/**',
      '**/*.cjs',
      '**/*.mjs',
      '**/*.js',
      '!examples/**/*.js',
      'examples/*/dist/**',
      'examples/*/runs/**',
      'benchmarks/**',
      'runs/**',
      '**/testdata/**',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', '*.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.object.name='Intl']",
          message:
            "It takes 20 ms of every import: use `toLocaleString('en')`, which loads what it needs at its first call.",
        },
      ],
    },
  },
  // A table of contents, one name a line.
  { files: ['packages/*/src/index.ts'], rules: { 'max-lines': ['error', 340] } },
  {
    files: ['**/*.test.ts', 'tooling/**', 'benchmarks/**'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': ['error', 400] },
  },
  // Plain JavaScript says no types of its own: what it does with others' is checked by tsc alone.
  { files: ['examples/**/*.js'], ...tseslint.configs.disableTypeChecked },
);
