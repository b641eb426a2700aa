// Builds the site: `npm run docs`. Its tools are a workspace of their own, which is installed here, so that nobody else has to.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const SITE = import.meta.dirname;
const ROOT = path.resolve(SITE, '../..');
const env = { ...process.env, DO_NOT_TRACK: '1' };

const run = (cwd, command, ...args) => {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
};
const bin = (folder, name) => path.join(folder, 'node_modules/.bin', name);

run(SITE, bin(ROOT, 'pnpm'), 'install', '--frozen-lockfile', '--prefer-offline');
run(ROOT, bin(ROOT, 'tsx'), '--conditions=@understory/source', 'tooling/docs/src/site/stage.ts');
run(SITE, bin(SITE, 'typedoc'), '--logLevel', 'Warn');
run(SITE, bin(SITE, 'vitepress'), 'build');
process.stdout.write('docs/site/.vitepress/dist is the site; `npm run docs:preview` shows it.\n');
