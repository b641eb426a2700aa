import { className, type Model } from '../model.ts';
import { html } from '../page/markup.ts';
import { image } from '../page/picture.ts';
import type { Section } from '../page/section.ts';

export const views = ({ input }: Model): Section | undefined => {
  const gallery = input.views;
  if (!gallery || gallery.samples.length === 0) return undefined;
  const samples = gallery.samples.map(({ label, views: shown }, at) => {
    const name = label === undefined ? `image ${at + 1}` : className(input, label);
    return html`<figure>
      <div>${shown.map((picture, i) => image(picture, `${name}, view ${i + 1}`))}</div>
      ${label === undefined ? undefined : html`<figcaption>${name}</figcaption>`}
    </figure>`;
  });
  const classed = gallery.samples.some(({ label }) => label !== undefined);
  const alike = classed
    ? 'A contrastive loss asks that the views of one image, and of one class, be alike.'
    : 'A contrastive loss asks that the views of one image be alike.';
  return {
    id: 'views',
    short: 'Views',
    title: 'What the network sees',
    lead: html`Each frame holds the views of one image. Each training image is drawn anew in every epoch.
    ${gallery.titles.map(
      (title, i) => html`View ${i + 1}: ${title}. `,
    )}${gallery.titles.length > 1 ? alike : undefined}${(gallery.about ?? []).map((sentence) => html` ${sentence}`)}`,
    body: html`<div class="gallery">${samples}</div>`,
  };
};
