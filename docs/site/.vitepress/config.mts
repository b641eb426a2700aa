import { existsSync, readFileSync } from 'node:fs';
import { defineConfig, type DefaultTheme, type MarkdownEnv, type MarkdownRenderer } from 'vitepress';
import { anchorOf } from '../../../tooling/docs/src/anchors.ts';
import { math } from './math.mjs';

const file = new URL('../pages/sidebar.json', import.meta.url);
if (!existsSync(file)) throw new Error('Run `npm run docs`: the pages are laid out first.');
const sidebar = JSON.parse(readFileSync(file, 'utf8')) as DefaultTheme.Sidebar;

/** Of the API's pages headings alone are searched: their signatures would be most of the index, and found for any word. */
const toSearch = (source: string, env: MarkdownEnv, md: MarkdownRenderer): string => {
  const html = md.render(source, env);
  return env.relativePath.startsWith('api/')
    ? html.replaceAll(/<(p|ul|ol|table|div)\b[^]*?<\/\1>/g, '')
    : html;
};

export default defineConfig({
  title: 'Understory',
  description: 'Contrastive Deep Supervision in TypeScript, on native TensorFlow',
  lang: 'en',
  base: process.env.DOCS_BASE ?? '/',
  srcDir: 'pages',
  head: [['link', { rel: 'icon', href: `${process.env.DOCS_BASE ?? '/'}logo.svg`, type: 'image/svg+xml' }]],
  markdown: {
    anchor: { slugify: anchorOf },
    config: (md) => md.use(math),
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    logo: '/logo.svg',
    nav: [
      { text: 'Guides', link: '/guide/plugins', activeMatch: '^/guide/' },
      { text: 'Methods', link: '/methods/', activeMatch: '^/methods/' },
      { text: 'Options', link: '/plugins/objective', activeMatch: '^/plugins/' },
      { text: 'Packages', link: '/packages/core', activeMatch: '^/packages/' },
      { text: 'API', link: '/api/core', activeMatch: '^/api/' },
      { text: 'Results', link: '/results/', activeMatch: '^/(results|benchmarks)/' },
    ],
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: 'local', options: { _render: toSearch } },
  },
});
