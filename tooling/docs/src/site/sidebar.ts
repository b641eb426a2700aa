// @boundaries-ignore a table that is made for the registry alone
import { PROVIDERS } from '../../../../packages/registry/src/providers.ts';
import { LOSS_KINDS, lossPlugins } from '../losses/lossPages.ts';
// @boundaries-ignore both walk the packages by one function
import { publishedPackages } from '../../../packages/src/workspace.ts';
import { addressOf, sitePages } from './sitePages.ts';

export interface Item {
  readonly text: string;
  readonly link: string;
}

export interface Group {
  readonly text: string;
  readonly items: readonly Item[];
  readonly collapsed?: boolean;
}

const pagesUnder = (folder: string): readonly Item[] =>
  sitePages
    .filter(({ route }) => route.startsWith(`${folder}/`))
    .map(({ route, title }) => ({ text: title.replace('@understory/', ''), link: addressOf(route) }));

const METHOD_GROUPS: readonly (readonly [provider: string, text: string])[] = [
  ['@understory/supervision', 'On stages, and of the task'],
  ['@understory/distillation', 'With a teacher'],
  ['@understory/semi-supervised', 'With few labels'],
  ['@understory/detection', 'Of boxes'],
];

const methods = (): readonly Group[] => {
  const all = pagesUnder('methods');
  const groups = METHOD_GROUPS.map(([provider, text]) => {
    const links = (PROVIDERS['objective']?.[provider] ?? []).map((name) => `/methods/${name}`);
    return { text, items: all.filter(({ link }) => links.includes(link)) };
  });
  const losses: Group = { text: 'Losses', items: [{ text: 'All losses, notation', link: '/losses/' }] };
  return [
    { text: 'Methods', items: [{ text: 'All methods, notation', link: '/methods/' }] },
    ...groups,
    losses,
  ];
};

const losses = (): readonly Group[] => {
  const all = pagesUnder('losses');
  const groups = Object.entries(LOSS_KINDS).map(([kind, { title }]) => {
    const links = lossPlugins.filter(({ token }) => token.key === kind).map(({ name }) => `/losses/${name}`);
    return { text: title, items: all.filter(({ link }) => links.includes(link)) };
  });
  return [{ text: 'Losses', items: [{ text: 'All losses, notation', link: '/losses/' }] }, ...groups];
};

/** An entry of a package, with the page that its docstrings make. */
export interface ApiEntry {
  /** What one imports. */
  readonly name: string;
  /** Its source file, from the root. */
  readonly source: string;
}

/** Every entry of every published package. */
export const apiEntries: readonly ApiEntry[] = publishedPackages()
  .filter(({ name }) => name !== '@understory/cli') // a command: its entry exports nothing
  .flatMap(({ name, manifest }) =>
    Object.entries(manifest.exports).flatMap(([entry, conditions]) => {
      const source = conditions['@understory/source'];
      const folder = name.replace('@understory/', 'packages/');
      return source === undefined
        ? []
        : [{ name: name + entry.slice(1), source: `${folder}/${source.slice(2)}` }];
    }),
  );

/** Where the page of an entry stands. */
export const apiRoute = ({ name }: ApiEntry): string => `api/${name.replace('@understory/', '')}.md`;

const api = (): readonly Item[] =>
  apiEntries.map((entry) => ({
    text: entry.name.replace('@understory/', ''),
    link: addressOf(apiRoute(entry)),
  }));

/** Every page of the site but the first, in groups. */
export const sidebar = (): Readonly<Record<string, readonly Group[]>> => {
  const about: readonly Group[] = [
    { text: 'Guides', items: [{ text: 'What this is', link: '/' }, ...pagesUnder('guide')] },
    { text: 'Examples', items: pagesUnder('examples') },
    { text: 'Measured', items: [...pagesUnder('results'), ...pagesUnder('benchmarks')] },
    { text: 'The project', items: pagesUnder('project') },
  ];
  return {
    '/methods/': methods(),
    '/losses/': losses(),
    '/plugins/': [{ text: 'Options, by kind of plugin', items: pagesUnder('plugins') }],
    '/packages/': [{ text: 'Packages', items: pagesUnder('packages') }],
    '/api/': [{ text: 'API, by entry', items: api() }],
    '/': about,
  };
};
