import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../../..');

/** What an entry of `exports` leads to, by condition. */
export type Conditions = Readonly<Record<string, string>>;

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean;
  readonly repository?: { readonly type: string; readonly url: string; readonly directory?: string };
  readonly engines?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, Conditions>>;
  readonly publishConfig?: {
    readonly exports?: Readonly<Record<string, Conditions>>;
    readonly os?: readonly string[];
    readonly cpu?: readonly string[];
    readonly libc?: readonly string[];
  };
  readonly files?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package of the workspace that goes to the registry. */
export interface Published {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

export const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;

const isLower = (a: Published, b: Published): boolean => Object.hasOwn(b.manifest.dependencies ?? {}, a.name);

/** Every package after those that it depends on; otherwise by name. */
const fromTheGround = (all: readonly Published[]): Published[] => {
  const left = [...all].sort((a, b) => a.name.localeCompare(b.name));
  const sorted: Published[] = [];
  while (left.length > 0) {
    const next = left.findIndex((one) => !left.some((other) => isLower(other, one)));
    if (next < 0)
      throw new Error(`These packages depend on each other: ${left.map((p) => p.name).join(', ')}.`);
    sorted.push(...left.splice(next, 1));
  }
  return sorted;
};

/** What is under `packages/` and not private. */
export const publishedPackages = (): readonly Published[] =>
  fromTheGround(
    readdirSync(path.join(ROOT, 'packages'))
      .map((name) => path.join(ROOT, 'packages', name))
      .filter((folder) => existsSync(path.join(folder, 'package.json')))
      .map((folder) => ({ folder, manifest: manifestOf(folder) }))
      .filter(({ manifest }) => manifest.private !== true)
      .map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest })),
  );

const PLATFORMS = path.join(ROOT, 'packages/engine/platforms');

/** The packages that bring the engine's compiled addons, one a platform. */
export const platformPackages = (): readonly Published[] =>
  readdirSync(PLATFORMS)
    .map((name) => path.join(PLATFORMS, name))
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .map((folder) => ({ name: manifestOf(folder).name, folder, manifest: manifestOf(folder) }));

/** What one imports: `@understory/core`, `@understory/core/errors`. */
export const entriesOf = ({ name, exports }: Manifest): readonly string[] =>
  Object.keys(exports).map((entry) => name + entry.slice(1));
