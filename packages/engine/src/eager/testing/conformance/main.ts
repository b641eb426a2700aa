// npm run conformance [pattern]: tfjs-core's suite on the engine, with what fails and why.
import { EXCEPTIONS } from './exceptions.ts';
import { runSuite } from './runSuite.ts';

const { passed, failed } = await runSuite(process.argv[2]);
const known = new Map(Object.entries(EXCEPTIONS).flatMap(([why, names]) => names.map((name) => [name, why])));
for (const { name, why } of failed)
  console.log(`${known.has(name) ? 'known' : 'NEW'}  ${name}\n       ${known.get(name) ?? why}`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exitCode = failed.every(({ name }) => known.has(name)) ? 0 : 1;
