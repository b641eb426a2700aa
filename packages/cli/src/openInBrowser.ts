import { spawn } from 'node:child_process';

const PROGRAMS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Opens an address in the user's browser; where there is none, the address that was printed is all. */
export const openInBrowser = (url: string): void => {
  const [program, ...first] = PROGRAMS[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...first, url], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
};
