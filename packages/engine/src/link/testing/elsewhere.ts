import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Runs a module in a process of its own, with more in its environment. */
export const elsewhere = (
  code: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<{ stdout: string; stderr: string }> => {
  const args = ['--import', tsx, '--conditions=@understory/source', '--input-type=module', '-e', code];
  const env = { ...process.env, ...environment };
  return promisify(execFile)(process.execPath, args, { env, cwd: import.meta.dirname });
};
