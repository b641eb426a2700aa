import path from 'node:path';
import { filesIn } from './tarball.ts';

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourceRoot?: string;
  readonly sourcesContent?: readonly (string | null)[];
}

/** Source maps of a tarball that lead to a file which the tarball lacks, and names a map that is not there. */
export const brokenMaps = async (tarball: string): Promise<readonly string[]> => {
  const texts = await filesIn(tarball, (name) => /^dist\/.*\.(js|ts|map)$/.test(name));
  const problems: string[] = [];
  for (const [name, text] of texts) {
    const folder = path.posix.dirname(name);
    if (name.endsWith('.map')) {
      const { sources, sourceRoot = '', sourcesContent = [] } = JSON.parse(text) as SourceMap;
      for (const [i, source] of sources.entries()) {
        if (/^[a-z-]+:/.test(source)) continue; // what the bundle alone has
        const at = path.posix.join(folder, sourceRoot, source);
        if (typeof sourcesContent[i] !== 'string' && !texts.has(at)) problems.push(`${name} leads to ${at}`);
      }
    } else {
      const map = /^\/\/# sourceMappingURL=(.+)$/m.exec(text)?.[1];
      if (map && !texts.has(path.posix.join(folder, map))) problems.push(`${name} names ${map}`);
    }
  }
  return problems;
};
