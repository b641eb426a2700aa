import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { stringify } from 'yaml';
import { runIn } from '../project.ts';
import { ROOT } from '../workspace.ts';

/** A registry on this machine, for the packages of our scope alone. */
export interface Verdaccio {
  readonly address: string;
  close(): Promise<void>;
}

// The last one for Node 20. It asks for node-fetch by a tag, which mirrors of the registry do not keep.
const WANTED = { private: true, dependencies: { verdaccio: '6.8.0' }, overrides: { 'node-fetch': '2.6.7' } };
const HOME = path.join(ROOT, 'node_modules/.cache/verdaccio');

/** Its program, fetched when it is first needed, so that nobody installs it who only works on the code. */
const installed = async (): Promise<string> => {
  mkdirSync(HOME, { recursive: true });
  writeFileSync(path.join(HOME, 'package.json'), JSON.stringify(WANTED));
  const args = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  const { status, text } = await runIn(HOME, 'npm', args);
  if (status !== 0) throw new Error(`verdaccio cannot be installed: ${text}`);
  return path.join(HOME, 'node_modules/verdaccio/bin/verdaccio');
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const everyone = { access: '$all', publish: '$all', unpublish: '$all' };

const configOf = (storage: string): string =>
  stringify({
    storage,
    packages: { '@understory/*': everyone },
    max_body_size: '400mb',
    server: { keepAliveTimeout: 60 },
    log: { type: 'stdout', format: 'pretty', level: 'error' },
    web: { enable: false },
  });

const answers = async (address: string): Promise<boolean> => {
  try {
    return (await fetch(`${address}/-/ping`)).ok;
  } catch {
    return false;
  }
};

/** Starts it with an empty storage in `folder`. */
export const startVerdaccio = async (folder: string): Promise<Verdaccio> => {
  const config = path.join(folder, 'config.yaml');
  mkdirSync(path.join(folder, 'storage'));
  writeFileSync(config, configOf(path.join(folder, 'storage')));
  const listen = `127.0.0.1:${await freePort()}`;
  const program = await installed();
  const child = spawn(process.execPath, [program, '--config', config, '--listen', listen], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const address = `http://${listen}`;
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const close = (): Promise<void> => {
    child.kill();
    return ended;
  };
  while (!(await answers(address))) {
    if (child.exitCode !== null) throw new Error(`verdaccio ended with ${child.exitCode}.`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return { address, close };
};
