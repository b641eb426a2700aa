import { createHash } from 'node:crypto';
import { day } from './format.ts';
import { Html, html, type Content } from './markup.ts';
import { SCRIPT } from './script.ts';
import { renderSection, type Section } from './section.ts';
import { STYLE } from './style.ts';

export interface Page {
  readonly title: string;
  readonly date: string;
  readonly dataset: string;
  /** Who made the pictures that are shown. */
  readonly credit?: string | undefined;
  readonly headline: string;
  readonly standfirst: string;
  readonly sections: readonly Section[];
  /** What stands behind them. */
  readonly more?: Content;
  /** Of a page that asks its own server for more: what it says at its foot. Any other page asks for nothing. */
  readonly live?: string;
  /** Rules and a program of its own, beside those that every page has. */
  readonly style?: string;
  readonly script?: string;
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Verbatim: its hash is in the policy, so that not a space may be added. */
const block = (tag: string, text: string): Html => new Html(`<${tag}>${text}</${tag}>`);

/** Nothing may be loaded, and no script or style may run but the page's own, whatever a class is called. */
const policy = (style: string, script: string, connect: boolean): string =>
  [
    `default-src 'none'`,
    `img-src data:`,
    `style-src ${hash(style)}`,
    `script-src ${hash(script)}`,
    ...(connect ? [`connect-src 'self'`] : []),
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');

/** Layers of leaves, the lower ones lit. */
const EMBLEM = html`<svg viewBox="0 0 26 26" aria-hidden="true">
  <g fill="none" stroke="var(--accent)" stroke-width="2" stroke-linecap="round">
    <path d="M13 24V9" />
    <path d="M4 8.5Q13 -2.5 22 8.5" opacity=".4" />
    <path d="M5.5 14.5Q13 5.5 20.5 14.5" opacity=".7" />
    <path d="M7.5 20Q13 13.5 18.5 20" />
  </g>
</svg>`;

const FOOT = 'Made by Understory. Everything is in this one file.';

const footer = (words: string, credit: string | undefined): Html =>
  html`<footer>
    <p>${words}</p>
    ${credit === undefined ? undefined : html`<p>${credit}</p>`}
  </footer>`;

export const page = ({
  title,
  date,
  dataset,
  headline,
  standfirst,
  sections,
  credit,
  live,
  ...own
}: Page): string => {
  const [style, script] = [STYLE + (own.style ?? ''), SCRIPT + (own.script ?? '')];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy(style, script, live !== undefined)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${block('style', style)}
      </head>
      <body>
        <header>
          <div class="bar">
            ${EMBLEM}<span><b>${title}</b> · ${dataset} · ${day(date)}</span
            ><button id="theme" type="button" aria-label="Switch between light and dark" hidden>◐</button>
          </div>
          <h1>${headline}</h1>
          <p class="standfirst">${standfirst}</p>
          <nav aria-label="Contents">${sections.map((s) => html`<a href="#${s.id}">${s.short}</a>`)}</nav>
        </header>
        <main>${sections.map(renderSection)}${own.more}</main>
        ${footer(live ?? FOOT, credit)}
        <div id="tip" role="status" hidden></div>
        ${block('script', script)}
      </body>
    </html> `.text;
};
