// The two commands of the README: sets the workspace up on a fresh machine, then starts or tests. No dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bin = path.join(root, 'node_modules', '.bin');
const env = {
  ...process.env,
  PATH: bin + path.delimiter + process.env.PATH,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};
const wanted = /^pnpm@([\d.]+)/.exec(
  JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).packageManager,
)[1];

const run = (command, args, options = {}) => {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: 'inherit',
    ...options,
  });
  if (error) console.error(`${command} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
};

const localPnpmIs = (version) => {
  const manifest = path.join(root, 'node_modules', 'pnpm', 'package.json');
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
};

const [job, ...rest] = process.argv.slice(2);
const node = Number(process.versions.node.split('.')[0]);
if (node < 20) {
  console.error(
    `Understory needs Node 20 or newer; this is ${process.version}. Install a newer Node and run again.`,
  );
  process.exit(1);
}

const quiet = ['--reporter', process.stdout.isTTY ? 'default' : 'append-only'];
const install = ['install', '--frozen-lockfile', '--prefer-offline', ...quiet];
if (localPnpmIs(wanted)) run('pnpm', install);
else run('npx', ['--yes', '--prefer-offline', `pnpm@${wanted}`, ...install]);
run('turbo', ['run', 'build', '--output-logs=errors-only']);

const cli = [path.join(root, 'packages', 'cli', 'dist', 'bin.js')];
// Where TensorFlow cannot be had, the command has said why; everything still runs on tfjs's own CPU backend.
spawnSync(process.execPath, [...cli, 'engine', 'install', '--quiet'], { cwd: root, env, stdio: 'inherit' });
if (job === 'start') run(process.execPath, [...cli, 'start', ...rest]);
else run('vitest', ['run', ...rest]);
