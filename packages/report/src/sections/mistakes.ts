import { SHOWN } from '../math/mistakesToShow.ts';
import { worstMistakes } from '../math/outcomes.ts';
import { className, type Model, type Tested } from '../model.ts';
import { percent } from '../page/format.ts';
import { html, type Html } from '../page/markup.ts';
import { image } from '../page/picture.ts';
import { switcher, type Section } from '../page/section.ts';

const card = ({ outcomes }: Tested, position: number, { input }: Model): Html => {
  const truth = className(input, outcomes.labels[position]!);
  const named = className(input, outcomes.predicted[position]!);
  const confidence = outcomes.confidence[position]!;
  const sure = Number.isNaN(confidence) ? 'its logits are no numbers' : `${percent(confidence, 0)} sure`;
  const { picture, name } = input.pictures!.get(position)!;
  return html`<figure>
    ${image(picture, `${name ?? truth}, taken for ${named}`)}
    <figcaption>
      <b class="wrong">${named}</b>? <span class="sure">${sure}</span><br />
      is <b>${truth}</b>${name && html`<small>${name}</small>`}
    </figcaption>
  </figure>`;
};

export const mistakes = (model: Model): Section | undefined => {
  const { pictures } = model.input;
  if (!pictures) return undefined;
  const shown = model.tested.filter((s) => worstMistakes(s.outcomes, SHOWN).some((p) => pictures.has(p)));
  if (shown.length === 0) return undefined;
  return {
    id: 'mistakes',
    short: 'Mistakes',
    title: 'The worst mistakes',
    lead: 'Wrong answers that were given with the greatest confidence. Some are the network’s fault; some are the label’s.',
    body: switcher('mistakes', shown, (s) => {
      const positions = worstMistakes(s.outcomes, SHOWN).filter((p) => pictures.has(p));
      return html`<div class="mistakes">${positions.map((p) => card(s, p, model))}</div>`;
    }),
  };
};
