import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { promisify } from 'node:util';
import { networkVariables, type Runner, type Training } from '@understory/core';

/** What a run was made by and began with, beside its config and its data. */
export interface Provenance {
  /** Of the git repository of its config's folder, `-dirty` where files differed; absent where there is none. */
  readonly commit?: string;
  /** Of `@understory/runs`. */
  readonly version: string;
  readonly processor: string;
  /** Of the first weights and statistics, by the order of their names: the first half of their SHA-256. */
  readonly weights: string;
}

/** The commit of a folder's repository as it stands now; undefined where there is none. */
export const commitOf = async (folder: string): Promise<string | undefined> => {
  const described = ['-C', folder, 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  try {
    const { stdout } = await promisify(execFile)('git', described, { timeout: 5000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
};

/** Of `@understory/runs`. */
export const ownVersion = (): string => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};

/** This machine's processor by its model; undefined where the system does not say. */
export const processorName = (): string | undefined => os.cpus()[0]?.model.trim() || undefined;

/** Of the weights and statistics of a network as they stand now, with their names. */
export const weightsHash = async ({ network }: Training, runner: Runner): Promise<string> => {
  const variables = networkVariables(network);
  const names = Object.keys(variables).sort();
  const values = await runner.read(names.flatMap((name) => variables[name] ?? []));
  const hash = createHash('sha256');
  for (const [i, { data }] of values.entries())
    hash.update(names[i] ?? '').update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex').slice(0, 32);
};

/** What a run begins with; `commit` may have been asked for before. */
export const provenanceOf = async (
  commit: Promise<string | undefined>,
  training: Training,
  runner: Runner,
): Promise<Provenance> => {
  const [known, weights] = await Promise.all([commit, weightsHash(training, runner)]);
  return {
    ...(known !== undefined && { commit: known }),
    ...{ version: ownVersion(), processor: processorName() ?? 'not known', weights },
  };
};
