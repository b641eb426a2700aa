import { describe, expect, it } from 'vitest';
import { wantedIn } from './lacking.ts';

describe('what a manager was not given is read from what it says', () => {
  it.each([
    ['npm, of a version', 'npm error notarget No matching version found for vite@8.3.8.', 'vite@8.3.8'],
    [
      'npm, of a tarball',
      'npm error 404 Not Found - GET http://127.0.0.1:4873/vite/-/vite-8.3.8.tgz - no such package',
      'vite@8.3.8',
    ],
    [
      'npm, of a package',
      'npm error 404 Not Found - GET https://registry.npmjs.org/@scope%2fname - Not found',
      '@scope/name@*',
    ],
    [
      'pnpm, of a version',
      ' ERR_PNPM_NO_MATCHING_VERSION  No matching version found for @scope/name@^2.0.0 while fetching it',
      '@scope/name@^2.0.0',
    ],
    [
      'pnpm, of a tarball',
      ' ERR_PNPM_FETCH_404  GET https://registry.npmjs.org/@scope/name/-/name-1.2.0-beta.1.tgz: Not Found - 404',
      '@scope/name@1.2.0-beta.1',
    ],
    [
      'yarn, of a version',
      `error Couldn't find any versions for "vite" that matches "^8.9.0"`,
      'vite@^8.9.0',
    ],
    [
      'yarn, of a tarball',
      'error Error: https://registry.yarnpkg.com/vite/-/vite-8.3.8.tgz: Request failed "404 Not Found"',
      'vite@8.3.8',
    ],
    [
      'yarn, of a package',
      `error Couldn't find package "no-such" required by "a@1.0.0" on the "npm" registry.`,
      'no-such@*',
    ],
  ])('%s', (_, said, wanted) => {
    expect(wantedIn(`before\n${said}\nafter`).map(({ name, range }) => `${name}@${range}`)).toEqual([wanted]);
  });

  it('and nothing is read from other errors', () => {
    const said = 'npm error ERESOLVE could not resolve\nnpm error see https://docs.npmjs.com/ for 12 ways';
    expect(wantedIn(said)).toEqual([]);
  });
});
