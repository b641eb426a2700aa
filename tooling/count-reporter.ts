import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** The outermost suite of a test, or the test itself: its title says why it may be skipped. */
const titleOf = (test: TestCase): string => {
  let [{ name }, at]: [{ name: string }, TestCase['parent']] = [test, test.parent];
  for (; at.type !== 'module'; at = at.parent) name = at.name;
  return name;
};

const SHOWN = 3;

/** A line for each file that skips tests. */
const skippedText = (skipped: readonly TestCase[]): string => {
  const files = new Map<string, string[]>();
  for (const test of skipped) {
    const file = test.module.relativeModuleId;
    files.set(file, [...(files.get(file) ?? []), titleOf(test)]);
  }
  const line = ([file, all]: [string, string[]]): string => {
    const titles = [...new Set(all)];
    const more = titles.length > SHOWN ? ', …' : '';
    return `${all.length} skipped in ${file}: ${titles.slice(0, SHOWN).join(', ')}${more}\n`;
  };
  return [...files].map(line).join('');
};

/** Ends the output with what was skipped, and the plain line `N passed, N failed` that scripts read. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((m) => [...m.children.allTests()]);
    const failedFiles = modules.filter((m) => m.errors().length > 0).length;
    const of = (state: string): TestCase[] => tests.filter((test) => test.result().state === state);
    const skipped = of('skipped');
    const failed = of('failed').length + failedFiles + errors.length;
    const line = `${of('passed').length} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`;
    process.stdout.write(`\n${skippedText(skipped)}${line}\n`);
  }
}
