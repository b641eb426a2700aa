import { defineConfig } from 'vitest/config';

const conditions = ['@understory/source', 'node', 'import', 'default'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };

const nativeIn = (folders: string[]): string[] => folders.map((at) => `${at}/*.native.test.ts`);
/** Whose native tests share two processes, which spares a second and a half a file. */
const SHARING = {
  'native-engine': nativeIn(['packages/engine/src/{compile,eager}/**']),
  'native-parts': nativeIn(['packages/{augmentations,backbones,detection,interop,losses,runs}/src/**']),
};

/** Tests on TensorFlow, whose binding no thread can load: in two processes at a time, for the sake of memory. */
const native = (name: string, groupOrder: number, files: { include: string[]; exclude?: string[] }) => ({
  ...shared,
  test: {
    name,
    ...files,
    pool: 'forks' as const,
    isolate: !(name in SHARING),
    maxWorkers: 2,
    sequence: { groupOrder },
    setupFiles: ['./tooling/vitest/native.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});

export default defineConfig({
  test: {
    reporters: ['default', './tooling/count-reporter.ts'],
    globalSetup: ['./tooling/vitest/temporary.ts'],
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'examples/*/*.test.ts', 'tooling/**/*.test.ts'],
          exclude: ['**/*.native.test.ts', '**/node_modules/**'],
          pool: 'threads',
          isolate: false,
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
          setupFiles: ['./tooling/vitest/cpu.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      ...Object.entries(SHARING).map(([name, include], index) => native(name, 1 + index, { include })),
      // In shared processes, too, these came to 4.8 GB in each; the others come to 2.1 GB.
      native('native', 3, {
        include: nativeIn(['packages/*/src/**', 'examples/*', 'tooling/**']),
        exclude: ['**/node_modules/**', ...Object.values(SHARING).flat()],
      }),
    ],
  },
});
