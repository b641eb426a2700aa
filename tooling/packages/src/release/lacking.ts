import { runIn } from '../project.ts';

/** A package that a manager asked for and was not given, as it names it: a version, a range, or `*`. */
export interface Wanted {
  readonly name: string;
  readonly range: string;
}

/** Lines of npm and pnpm; of yarn; and addresses that were answered by 404, of a package or of its tarball. */
const NO_VERSION = /No matching version found for (@?[^@\s]+)@(\S+?)\.?(?=\s|$)/g;
const NO_VERSION_YARN = /Couldn't find any versions for "([^"]+)" that matches "([^"]+)"/g;
const NO_PACKAGE_YARN = /Couldn't find package "([^"]+)"/g;
const NOT_FOUND = /(https?:\/\/[^\s"]+?)[:"]?\s.*?(?:\b404\b|Not found)|\b404\b.*?(https?:\/\/[^\s"]+)/gi;

const ofAddress = (address: string): Wanted | undefined => {
  const path = decodeURIComponent(new URL(address).pathname).slice(1);
  const [, name, file] = /^((?:@[^/]+\/)?[^/@]+)(?:\/-\/([^/]+)\.tgz)?$/.exec(path) ?? [];
  if (name === undefined) return undefined;
  const base = name.split('/').at(-1) ?? name;
  return { name, range: file?.startsWith(`${base}-`) ? file.slice(base.length + 1) : '*' };
};

/** The packages that a manager says, with an error, it was not given. */
export const wantedIn = (text: string): readonly Wanted[] => {
  const named = [...text.matchAll(NO_VERSION), ...text.matchAll(NO_VERSION_YARN)].map(
    ([, name = '', range = '']) => ({ name, range }),
  );
  const unknown = [...text.matchAll(NO_PACKAGE_YARN)].map(([, name = '']) => ({ name, range: '*' }));
  const missed = [...text.matchAll(NOT_FOUND)].map(([, one, other]) => ofAddress(one ?? other ?? ''));
  const all = [...named, ...unknown, ...missed.filter((one) => one !== undefined)];
  return [...new Map(all.map((one) => [`${one.name}@${one.range}`, one])).values()];
};

/** Whether a registry really has none of it, or knows one without holding its file. */
const isLacking = async (registry: string, { name, range }: Wanted): Promise<boolean> => {
  const args = ['view', `${name}@${range}`, 'dist.tarball', '--json', `--registry=${registry}`];
  const { status, text } = await runIn('.', 'npm', [...args, '--prefer-online']);
  if (status !== 0) return /E404|ETARGET|No match/.test(text);
  const found = text === '' ? [] : [JSON.parse(text) as string | readonly string[]].flat();
  const newest = found.at(-1);
  return newest === undefined || (await fetch(newest, { method: 'HEAD' })).status === 404;
};

/** Those packages of other people that a line failed for and that `registry` itself has not, as `name@range`. */
export const lackedBy = async (registry: string, text: string): Promise<readonly string[]> => {
  const lacking: string[] = [];
  for (const one of wantedIn(text).filter(({ name }) => !name.startsWith('@understory/')))
    if (await isLacking(registry, one)) lacking.push(`${one.name}@${one.range}`);
  return lacking;
};
