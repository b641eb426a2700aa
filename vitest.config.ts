import { defineConfig } from 'vitest/config';

const conditions = ['@understory/source', 'node', 'import', 'default'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };

// `*.native.test.ts` load TensorFlow, whose binding wants a process of its own: two at a time, for the sake of memory.
// All files of a worker in one process would spare two minutes, and came to 4.8 GB each.
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
      {
        ...shared,
        test: {
          name: 'native',
          include: [
            'packages/*/src/**/*.native.test.ts',
            'examples/*/*.native.test.ts',
            'tooling/**/*.native.test.ts',
          ],
          pool: 'forks',
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          setupFiles: ['./tooling/vitest/native.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
