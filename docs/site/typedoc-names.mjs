import { readFileSync } from 'node:fs';
import { Converter } from 'typedoc';

const entries = JSON.parse(readFileSync(new URL('pages/entries.json', import.meta.url), 'utf8'));

/** typedoc's own name of an entry is its file's, from the folder that all share. */
const foundAs = (source) => source.replace(/^packages\//, '').replace(/(\/index)?\.ts$/, '');
const names = new Map(entries.map(({ name, source }) => [foundAs(source), name.replace('@understory/', '')]));

/** Calls modules by what one imports, not by where their source lies; so are their pages called. */
export const load = (app) => {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const name = names.get(module.name);
      if (name === undefined)
        throw new Error(`typedoc found ${module.name}, which is no entry of a package.`);
      module.name = name;
    }
  });
};
