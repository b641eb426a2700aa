import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

/** What a command shows, and its exit code. */
export interface Rendering {
  readonly line: string;
  readonly code: number;
  readonly shown: string;
}

/** Does command lines one after the other in one process, at each width with and without a terminal; tells what they showed as JSON. */
const CODE = `
import { writeFileSync } from 'node:fs';
const [cli, testing, out, given] = process.argv.slice(1);
const { captureOutput } = await import(testing);
const { main } = await import(cli + '/main.js');
const { terminalReporter } = await import(cli + '/terminal.js');
const { lines, widths, events } = JSON.parse(given);
const told = {};
const during = async (columns, isTTY, work) => {
  process.env.COLUMNS = String(columns);
  for (const stream of [process.stdout, process.stderr]) Object.assign(stream, isTTY ? { isTTY, columns } : { isTTY: false });
  const { code, stdout, stderr } = await captureOutput(work);
  return { code, shown: stdout + stderr };
};
const shownRun = async () => {
  const reporter = terminalReporter();
  for (const event of events) await reporter.report(event);
  await reporter.close?.();
  return 0;
};
for (const width of widths) for (const isTTY of [false, true]) {
  const all = [{ line: 'train (made up)', ...(await during(width, isTTY, shownRun)) }];
  for (const line of lines) all.push({ line, ...(await during(width, isTTY, () => main(line.split(' ')))) });
  told[width + (isTTY ? ' terminal' : '')] = all;
}
writeFileSync(out, JSON.stringify(told));
process.exit();
`;

export interface RenderRequest {
  readonly cwd: string;
  readonly lines: readonly string[];
  readonly widths: readonly number[];
  /** What a run tells a reporter. */
  readonly events: readonly object[];
}

/** Starts the process, and gives the path of the file that it wrote. */
export const render = async ({ cwd, ...request }: RenderRequest): Promise<string> => {
  const out = path.join(cwd, 'told.json');
  const cli = path.resolve(import.meta.dirname, '../../dist');
  const testing = path.resolve(import.meta.dirname, '../../../runs/dist/testing/index.js');
  const args = ['--input-type=module', '-e', CODE, cli, testing, out, JSON.stringify(request)];
  const env = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, TERM: 'dumb' };
  await promisify(execFile)(process.execPath, args, { cwd, env });
  return out;
};
