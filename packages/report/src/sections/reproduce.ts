import type { Model, Shown } from '../model.ts';
import { html, type Content, type Html } from '../page/markup.ts';
import { scrollTable } from '../page/scrollTable.ts';
import { valueOf } from '../valueOf.ts';
import { methodName, type Section } from '../page/section.ts';

const configs = (shown: readonly Shown[]): Content => {
  const configured = shown.filter((s) => s.method.config && Object.keys(s.method.config).length > 0);
  if (configured.length === 0) return undefined;
  const keys = [...new Set(configured.flatMap((s) => Object.keys(s.method.config!)))];
  const cell = (s: Shown, key: string): Html =>
    html`<td>${String(valueOf(s.method.config, key) ?? '–')}</td>`;
  const differs = (key: string): boolean =>
    new Set(configured.map((s) => valueOf(s.method.config, key))).size > 1;
  const rows = keys.map(
    (key) =>
      html`<tr${differs(key) ? html` class="differs"` : undefined}><th scope="row">${key}</th>${configured.map((s) => cell(s, key))}</tr>`,
  );
  return html`<details>
    <summary>All options</summary>
    ${scrollTable({ label: 'Options', kind: 'options', columns: configured.map(methodName), rows })}
  </details>`;
};

export const reproduce = ({ input, shown }: Model): Section | undefined => {
  const { reproduce: how } = input;
  const options = configs(shown);
  if (!how && options === undefined) return undefined;
  const engines = [...new Set(shown.flatMap((s) => s.method.engine ?? []))];
  const facts = how
    ? [['seed', String(how.seed)], ...Object.entries(how.versions), ...engines.map((e) => ['engine', e])]
    : [];
  return {
    id: 'again',
    short: 'Again',
    title: 'To see it again',
    body: [
      how && html`<pre><code>${how.command}</code></pre>`,
      facts.length > 0
        ? html`<dl class="facts">
            ${facts.map(
              ([name, value]) =>
                html`<div>
                  <dt>${name}</dt>
                  <dd>${value}</dd>
                </div>`,
            )}
          </dl>`
        : undefined,
      options,
    ],
  };
};
