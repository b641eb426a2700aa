import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileError } from '@understory/core';
import { reportRuns } from '@understory/runs';
import { shellCommand } from '../arguments/shellCommand.ts';
import { print, say } from '../output/voice.ts';
import { preparation } from '../progress.ts';

interface ReportOptions {
  readonly title?: string;
  /** Another place for the page. */
  readonly out?: string;
}

/** `understory report <runs…>`: the page of runs that were trained already. */
export const report = async (
  runs: readonly [string, ...string[]],
  { title, out }: ReportOptions,
): Promise<void> => {
  const command = shellCommand(['understory', 'report', ...runs], { set: [], runs: 'runs' });
  const page = await reportRuns({ runs, title, command, say, onProgress: preparation() });
  if (out !== undefined)
    await copyFile(page, out).catch((error: unknown) => {
      throw fileError('write', out, error);
    });
  const kept = out ?? page;
  print(`Report: ${path.relative('.', kept)}\n        ${pathToFileURL(path.resolve(kept)).href}`);
};
