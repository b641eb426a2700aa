// Formulas, rendered by KaTeX while the site is built: `$x$` within a line, `$$` on lines of their own. On the pages of
// methods and losses alone, since a dollar elsewhere is a dollar.
import katex from 'katex';

const hasFormulas = ({ relativePath = '' }) => /^(methods|losses)\//.test(relativePath);

/** A formula that KaTeX cannot read ends the build. What it makes is no template of Vue's. */
const render = (tex, displayMode) => {
  const html = katex.renderToString(tex, { displayMode, throwOnError: true, strict: 'error' });
  return displayMode
    ? `<div v-pre class="formula" tabindex="0">${html}</div>\n`
    : `<span v-pre>${html}</span>`;
};

const block = (state, start, end, silent) => {
  const lineAt = (line) => state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]);
  if (!hasFormulas(state.env) || lineAt(start) !== '$$') return false;
  if (silent) return true;
  let last = start + 1;
  while (last < end && lineAt(last) !== '$$') last += 1;
  const token = state.push('math_block', 'math', 0);
  token.content = state.getLines(start + 1, last, 0, false);
  token.map = [start, last + 1];
  state.line = last + 1;
  return true;
};

const INLINE = /^\$(?! )((?:\\.|[^$\\\n])+?)(?<! )\$(?!\d)/;

const inline = (state, silent) => {
  const [all, tex] = (hasFormulas(state.env) && INLINE.exec(state.src.slice(state.pos))) || [];
  if (all === undefined) return false;
  if (!silent) state.push('math_inline', 'math', 0).content = tex;
  state.pos += all.length;
  return true;
};

export const math = (md) => {
  md.block.ruler.before('fence', 'math_block', block, { alt: ['paragraph', 'list'] });
  md.inline.ruler.before('escape', 'math_inline', inline);
  // What a line holds side by side would be cut off: each part has a line of its own.
  md.renderer.rules.math_block = (tokens, i) =>
    tokens[i].content
      .split(/[,;]?\\qquad\s*\n/)
      .map((tex) => render(tex, true))
      .join('');
  md.renderer.rules.math_inline = (tokens, i) => render(tokens[i].content, false);
};
