import type { Reporter, TestModule } from 'vitest/node';

/** Ends the output with the plain line `N passed, N failed` that scripts read. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const states = modules.flatMap((m) => [...m.children.allTests()].map((t) => t.result().state));
    const failedFiles = modules.filter((m) => m.errors().length > 0).length;
    const count = (state: string): number => states.filter((s) => s === state).length;
    const skipped = count('skipped');
    const line = `${count('passed')} passed, ${count('failed') + failedFiles + errors.length} failed`;
    process.stdout.write(`\n${line}${skipped ? `, ${skipped} skipped` : ''}\n`);
  }
}
