import { closeSync, openSync, readSync } from 'node:fs';
import { UnderstoryError } from '@understory/core';

export const TENSORFLOW = '2.21.0';

/** What one platform takes from PyPI, and how its libraries are called there. */
export interface Target {
  /** Folder of the cache: `tensorflow-cpu-2.21.0-linux-x64`. */
  readonly key: string;
  readonly requirement: string;
  /** The wheel's platform tag. */
  readonly tag: string;
  /** Tags of the wheels that come with it. */
  readonly moreTags: readonly string[];
  readonly libraries: readonly [string, string];
  /** Bytes of the wheel, about. */
  readonly wheelBytes: number;
  /** Bytes that an installation takes on the disk at its peak, about. */
  readonly diskBytes: number;
  readonly cuda: boolean;
  /** False where the code is written, but nobody has run it. */
  readonly tested: boolean;
}

const LINUX = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;
const MAC = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'] as const;

type Wheel = Pick<Target, 'tag' | 'libraries' | 'wheelBytes' | 'diskBytes'> & { readonly wheel: string };

// There is no tensorflow-cpu wheel but for x86-64: elsewhere `tensorflow` is the plain one.
const WHEELS: Readonly<Record<string, Wheel>> = {
  'linux-x64': {
    ...{ wheel: 'tensorflow-cpu', tag: 'manylinux_2_27_x86_64', libraries: LINUX },
    ...{ wheelBytes: 274e6, diskBytes: 1.2e9 },
  },
  'linux-arm64': {
    ...{ wheel: 'tensorflow', tag: 'manylinux_2_27_aarch64', libraries: LINUX },
    ...{ wheelBytes: 270e6, diskBytes: 1.2e9 },
  },
  'darwin-arm64': {
    ...{ wheel: 'tensorflow', tag: 'macosx_12_0_arm64', libraries: MAC },
    ...{ wheelBytes: 230e6, diskBytes: 1.2e9 },
  },
};
const CUDA: Wheel = {
  ...{ wheel: 'tensorflow', tag: 'manylinux_2_27_x86_64', libraries: LINUX },
  ...{ wheelBytes: 573e6, diskBytes: 9e9 },
};
/** Tags that NVIDIA's wheels bear. */
const CUDA_TAGS = ['manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux1_x86_64'];

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
  const found = cuda && name === 'linux-x64' ? CUDA : WHEELS[name];
  if (!found || (cuda && found !== CUDA))
    throw unsupported(name, cuda ? ['linux-x64'] : Object.keys(WHEELS), cuda);
  if (platform === 'linux' && usesMusl()) throw unsupported(`${name} with musl`, ['Linux with glibc'], cuda);
  const { wheel, ...rest } = found;
  return {
    ...rest,
    key: `${wheel}-${TENSORFLOW}-${name}${cuda ? '-cuda' : ''}`,
    requirement: `${wheel}==${TENSORFLOW}`,
    moreTags: cuda ? CUDA_TAGS : [],
    cuda,
    tested: name === 'linux-x64' && !cuda,
  };
};

const unsupported = (name: string, known: readonly string[], cuda: boolean): UnderstoryError =>
  new UnderstoryError(
    'unsupported-platform',
    `TensorFlow ${TENSORFLOW}${cuda ? ' for CUDA' : ''} has no wheel for ${name}; it has one for ${known.join(', ')}. ` +
      `Everything runs here on tfjs's own CPU backend, without an engine to install.`,
  );

/** Whether Node itself is linked against musl (Alpine Linux), which TensorFlow's wheels are not made for. */
const usesMusl = (): boolean => {
  const head = Buffer.alloc(4096);
  const file = openSync(process.execPath, 'r');
  readSync(file, head);
  closeSync(file);
  return head.includes('ld-musl');
};
