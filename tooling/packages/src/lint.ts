// Looks into every package as it would be published: publint for its manifest and files, attw for what TypeScript finds.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packAll, packPlatforms } from './pack.ts';

const arrayBuffer = (file: string): ArrayBuffer => Uint8Array.from(readFileSync(file)).buffer;

const byPublint = async (file: string): Promise<string[]> => {
  const { messages, pkg } = await publint({
    pack: { tarball: arrayBuffer(file) },
    strict: true,
    level: 'warning',
  });
  return messages.map((message) => `publint: ${formatMessage(message, pkg) ?? message.code}`);
};

// The packages are ES modules: a CommonJS file of TypeScript reaches them by `import()`, or by `require` from Node 20.19 on.
const MEANT: readonly Problem['kind'][] = ['CJSResolvesToESM'];

/** `node10` is TypeScript's name for a resolution that knows no `exports`. */
const isMeant = (problem: Problem): boolean =>
  MEANT.includes(problem.kind) || ('resolutionKind' in problem && problem.resolutionKind === 'node10');

const byAttw = async (file: string): Promise<string[]> => {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(arrayBuffer(file))));
  if (!result.types) return ['attw: it has no types'];
  return result.problems.filter((one) => !isMeant(one)).map((one) => `attw: ${JSON.stringify(one)}`);
};

const folder = mkdtempSync(path.join(tmpdir(), 'understory-lint-'));
try {
  const tell = (name: string, problems: readonly string[]): void => {
    for (const problem of problems) console.error(`${name}: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  };
  for (const [name, file] of await packAll(folder))
    tell(name, [...(await byPublint(file)), ...(await byAttw(file))]);
  for (const [name, file] of await packPlatforms(folder)) tell(name, await byPublint(file)); // nothing in them is imported
} finally {
  rmSync(folder, { recursive: true });
}
