import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { addonName, type AddonSource } from '../addon.ts';
import { TENSORFLOW } from '../target.ts';
import { here, requireHere } from '../tfjs.ts';
import { PLATFORM, PLATFORM_PACKAGE, RECORD, readRecord, sha256, type PrebuiltRecord } from './record.ts';

/** An addon's file, or why the ones that were brought cannot be taken: null where none were. */
export type Found = { readonly file: string } | { readonly why: string | null };

const NONE = 'none';

/** Where addons may lie: what `UNDERSTORY_PREBUILT` names, else the platform's package; null for nowhere. */
const folderOf = (): string | null => {
  const { UNDERSTORY_PREBUILT: named } = process.env;
  if (named === NONE) return null;
  if (named) return path.resolve(named);
  try {
    return path.dirname(requireHere.resolve(`${PLATFORM_PACKAGE}/package.json`));
  } catch {
    return null; // another platform, or left out by `--omit=optional`
  }
};

const versionIn = (folder: string): string => {
  try {
    return (JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string })
      .version;
  } catch {
    return 'unknown';
  }
};

const misfit = (folder: string, { tensorflow, platform, napi }: PrebuiltRecord): string | null => {
  const [theirs, ours] = [versionIn(folder), versionIn(here('.'))];
  if (theirs !== ours) return `they are of version ${theirs}, and the engine of ${ours}`;
  if (platform !== PLATFORM) return `they are for ${platform}, and this is ${PLATFORM}`;
  if (tensorflow !== TENSORFLOW) return `they are for TensorFlow ${tensorflow}, not ${TENSORFLOW}`;
  const has = Number(process.versions.napi);
  return napi > has ? `they call Node-API ${napi}, and ${process.version} has ${has}` : null;
};

const findIn = (folder: string, source: AddonSource): Found => {
  const refused = (why: string): Found => ({ why: `the addons in ${folder} do not fit: ${why}` });
  const record = readRecord(path.join(folder, RECORD));
  if (!record) return refused(`${RECORD} cannot be read`);
  const reason = misfit(folder, record);
  if (reason !== null) return refused(reason);
  const name = addonName(source);
  const file = path.join(folder, name);
  if (!Object.hasOwn(record.files, name) || !existsSync(file))
    return refused(`none of them is ${source.name} of these sources`);
  return sha256(readFileSync(file)) === record.files[name] ? { file } : refused(`${name} is damaged`);
};

/**
 * The addon of these very sources that the platform's package brings, when it is whole and of this version, TensorFlow,
 * platform and Node-API. Whether this system can load it shows when it is taken.
 */
export const findPrebuilt = (source: AddonSource): Found => {
  const folder = folderOf();
  // In the repository the package is there, and nothing is in it until a release fills it.
  if (folder === null || !existsSync(path.join(folder, RECORD))) return { why: null };
  return findIn(folder, source);
};

/** The first of the sources that has no such addon, with the reason; null where all have. */
export const missingPrebuilt = (sources: readonly AddonSource[]): { readonly why: string | null } | null => {
  for (const source of sources) {
    const found = findPrebuilt(source);
    if ('why' in found) return found;
  }
  return null;
};
