import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { addonName, type AddonSource } from '../addon.ts';
import { compileAddon } from '../compileAddon.ts';
import { engineSources, linkedSource } from '../sources.ts';
import { installedEngine } from '../status.ts';
import { TENSORFLOW } from '../target.ts';
import { tfjsNodeFolder } from '../tfjs.ts';
import { PLATFORM, RECORD, sha256, type PrebuiltRecord } from './record.ts';
import { PLACEHOLDER } from './take.ts';

/** Addons that the engine itself loads, and the bindings for projects with packages like these. */
const sourcesFor = (packages: readonly string[]): AddonSource[] => {
  // A linked binding is loaded from a project. On macOS its path to TensorFlow cannot change without a new signature.
  const linked = process.platform === 'darwin' ? [] : packages.map(linkedSource);
  return [...engineSources(), ...linked];
};

export interface MakeOptions {
  /** Folder of the platform's package; addons of before are removed. */
  readonly into: string;
  /** Folders of tfjs-node packages of which projects are to be linked without a compiler; default: that of the engine. */
  readonly packages?: readonly string[];
  /** Told of each addon, by its file's name. */
  readonly onMade?: (file: string) => void;
}

/**
 * Compiles all addons of the present sources so that other machines of this platform can load them, and writes them with
 * their record. Asks for an installed engine, whose headers and libraries it takes.
 */
export const makePrebuilt = async ({
  into,
  packages = [tfjsNodeFolder()],
  onMade,
}: MakeOptions): Promise<PrebuiltRecord> => {
  const engine = installedEngine();
  if (!engine) throw new UnderstoryError('engine-not-installed', 'Run `understory engine install` first.');
  mkdirSync(into, { recursive: true });
  for (const old of readdirSync(into).filter((name) => name.endsWith('.node') || name === RECORD))
    rmSync(path.join(into, old));
  mkdirSync(engine.at.built, { recursive: true });
  const sources = sourcesFor(packages);
  const files: Record<string, string> = {};
  for (const source of sources) {
    const name = addonName(source);
    if (Object.hasOwn(files, name)) continue; // tfjs-node's versions share sources
    const made = await compileAddon({ source, ...engine, portable: { lib: PLACEHOLDER } });
    copyFileSync(made, path.join(into, name));
    rmSync(made);
    files[name] = sha256(readFileSync(path.join(into, name)));
    onMade?.(name);
  }
  const napi = Math.max(...sources.map((source) => source.napi));
  const record: PrebuiltRecord = { tensorflow: TENSORFLOW, platform: PLATFORM, napi, files };
  writeFileSync(path.join(into, RECORD), `${JSON.stringify(record, null, 2)}\n`);
  return record;
};
