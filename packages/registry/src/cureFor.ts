import { PROVIDERS } from './providers.ts';

/** What one imports to have a plugin of Understory's own; undefined for other people's. */
const providerOf = (kind: string, name: string): string | undefined => {
  const entries = Object.hasOwn(PROVIDERS, kind) ? Object.entries(PROVIDERS[kind] ?? {}) : [];
  return entries.find(([, names]) => names.includes(name))?.[0];
};

/** `@understory/losses` of `@understory/losses/plugins`. */
const packageOf = (entry: string): string => entry.split('/', 2).join('/');

/** What to do about a plugin that a registry does not know. */
export const cureFor = (kind: string, name: string): string => {
  const entry = providerOf(kind, name);
  return entry === undefined
    ? 'Name its package under "plugins"; a program of your own gives its plugin to createRegistry().'
    : `Run \`npm install ${packageOf(entry)}\`, then name "${entry}" under "plugins"; a program of your own gives its plugins to createRegistry().`;
};
