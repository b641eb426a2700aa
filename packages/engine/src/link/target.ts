import { UnderstoryError } from '@understory/core';

export const TENSORFLOW = '2.21.0';

/** What one platform takes from PyPI, and how its libraries are called there. */
export interface Target {
  /** Folder of the cache: `tensorflow-cpu-2.21.0-linux-x64`. */
  readonly key: string;
  readonly requirement: string;
  /** The wheel's platform tag. */
  readonly tag: string;
  readonly libraries: readonly [string, string];
  /** False where the code is written, but nobody has run it. */
  readonly tested: boolean;
}

const LINUX = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;
const MAC = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'] as const;

// There is no tensorflow-cpu wheel but for x86-64: elsewhere `tensorflow` is the plain one.
const WHEELS: Readonly<Record<string, { wheel: string; tag: string; libraries: Target['libraries'] }>> = {
  'linux-x64': { wheel: 'tensorflow-cpu', tag: 'manylinux_2_27_x86_64', libraries: LINUX },
  'linux-arm64': { wheel: 'tensorflow', tag: 'manylinux_2_27_aarch64', libraries: LINUX },
  'darwin-arm64': { wheel: 'tensorflow', tag: 'macosx_12_0_arm64', libraries: MAC },
};

export interface TargetOptions {
  readonly platform?: string;
  readonly arch?: string;
  readonly cuda?: boolean;
}

/** The wheel for a platform; throws `unsupported-platform` where TensorFlow has none. */
export const targetOf = ({
  platform = process.platform,
  arch = process.arch,
  cuda = false,
}: TargetOptions = {}): Target => {
  const name = `${platform}-${arch}`;
  const found = WHEELS[name];
  if (!found || (cuda && name !== 'linux-x64')) {
    const known = cuda ? 'linux-x64' : Object.keys(WHEELS).join(', ');
    throw new UnderstoryError(
      'unsupported-platform',
      `TensorFlow ${TENSORFLOW}${cuda ? ' for CUDA' : ''} has no wheel for ${name}; it has one for ${known}. ` +
        `Everything runs there on tfjs's own CPU backend, without an engine to install.`,
    );
  }
  const wheel = cuda ? 'tensorflow' : found.wheel;
  return {
    key: `${wheel}-${TENSORFLOW}-${name}${cuda ? '-cuda' : ''}`,
    requirement: `${wheel}==${TENSORFLOW}`,
    tag: found.tag,
    libraries: found.libraries,
    tested: name === 'linux-x64' && !cuda,
  };
};
