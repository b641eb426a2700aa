import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';

const NAMES = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'] as const;

/** A package with tfjs's binding, as it lies in somebody's project. */
export interface Found {
  readonly name: (typeof NAMES)[number];
  readonly folder: string;
  readonly version: string;
  /** Where the package's own loader looks for its binding. */
  readonly file: string;
}

interface Manifest {
  readonly version: string;
  readonly binary?: { readonly napi_versions?: readonly number[]; readonly module_name?: string };
}

/** The package that Node would find from the project; what NODE_PATH adds is somebody else's. */
const manifestOf = (project: string, name: string): string | null => {
  for (let folder = project; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'node_modules', name, 'package.json');
    if (existsSync(file)) return realpathSync(file);
    if (path.dirname(folder) === folder) return null;
  }
};

const find = (project: string, name: (typeof NAMES)[number]): Found | null => {
  const manifest = manifestOf(project, name);
  if (!manifest) return null;
  const folder = path.dirname(manifest);
  const { version, binary } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
  const runs = Number(process.versions.napi);
  const napi = Math.max(...(binary?.napi_versions ?? [8]).filter((v) => v <= runs));
  const file = path.join(folder, 'lib', `napi-v${napi}`, `${binary?.module_name ?? 'tfjs_binding'}.node`);
  return { name, folder, version, file };
};

/** Throws `not-a-project` or `no-tfjs-node` where there are none. */
export const findPackages = (project: string): Found[] => {
  if (!existsSync(path.join(project, 'package.json'))) {
    throw new UnderstoryError(
      'not-a-project',
      `${project} has no package.json. Name the folder of a Node project that uses ${NAMES.join(' or ')}.`,
    );
  }
  const found = NAMES.map((name) => find(project, name)).filter((f) => f !== null);
  if (found.length > 0) return found;
  throw new UnderstoryError(
    'no-tfjs-node',
    `${project} has neither ${NAMES.join(' nor ')} installed. ` +
      `Run \`npm install --ignore-scripts ${NAMES[0]}\` there first: the engine brings what its install script would fetch.`,
  );
};
