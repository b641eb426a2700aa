import { MOST_AXES } from './parallel.ts';

/** Rules of a sweep's page. Worse trials are fainter; form tells apart what colour alone would: dashes, and hollow marks. */
export const SWEEP_STYLE = `
.trials svg[tabindex]{touch-action:pan-x pan-y;cursor:crosshair}
.trials figcaption{font-size:14.5px;color:var(--quiet);margin:0 0 6px;overflow-wrap:anywhere}
.trials figcaption b{color:var(--ink);font-weight:600}
.trials .axis path{fill:none;stroke:var(--quiet);stroke-width:1;opacity:.6}
.trials .axis path.grid{stroke:var(--line);opacity:1}
.trials .axis text{paint-order:stroke;stroke:var(--page);stroke-width:4px;stroke-linejoin:round}
.trials .axis .label{fill:var(--ink);font-weight:600}
${Array.from({ length: MOST_AXES }, (_, i) => `.trials .w${i + 1}{min-width:${130 * (i + 1)}px;max-width:${Math.max(400, 190 * (i + 1))}px}`).join('')}
path.trial{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round}
g.trial path{fill:none;stroke:var(--c);stroke-width:1.4;opacity:.6}
g.trial circle{fill:var(--c);stroke:var(--c);stroke-width:1.6}
${[14, 26, 40, 56, 76, 100].map((part, i) => `.t${i}{--c:color-mix(in srgb,var(--accent) ${part}%,color-mix(in srgb,var(--quiet) 55%,var(--page)))}`).join('')}
.trial.none{--c:var(--wrong);stroke-dasharray:1.5 5;opacity:.8}
path.dashed{stroke-dasharray:6 5}
g.dashed circle{fill:var(--page)}
path.best{stroke-width:3.6}
g.best circle{stroke:var(--ink)}
.mean{fill:none;stroke:var(--ink);stroke-width:1.4;opacity:.55}
.picked .trials .trial{opacity:.18}
.picked .trials .trial.on{opacity:1;stroke-width:3.4}
.shades{display:flex;flex-wrap:wrap;gap:4px 22px;font-size:14.5px;margin:0 0 12px;color:var(--quiet)}
.shades span{display:inline-flex;align-items:center;gap:8px}
.shades svg{width:30px;height:10px;flex:none}
@media print{.trials .scroll{overflow:visible}}`;

/** Picks out one trial in all drawings: the nearest to the pointer, or by keys from the best one on. */
export const SWEEP_SCRIPT = `
const sweep = document.querySelector('.sweep');
if (sweep) {
  const trials = data(sweep);
  const marks = trials.map((t) => all('[data-trial="' + t.number + '"]', sweep));
  let at = -1;
  const clear = () => {
    if (at >= 0) marks[at].forEach((m) => m.classList.remove('on'));
    at = -1;
    sweep.classList.remove('picked');
    hideTip();
  };
  const pick = (i, x, y) => {
    clear();
    at = i;
    marks[i].forEach((m) => m.classList.add('on'));
    sweep.classList.add('picked');
    const rows = trials[i].rows.map(([name, text]) => {
      const row = make('div', 'row');
      row.append(make('span', '', name), make('b', '', text));
      return row;
    });
    showTip([make('strong', '', trials[i].title), ...rows], x, y);
  };
  const toSegment = ([px, py], [ax, ay], [bx, by]) => {
    const [dx, dy] = [bx - ax, by - ay];
    const length = dx * dx + dy * dy;
    const t = length ? Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / length)) : 0;
    return Math.hypot(px - ax - t * dx, py - ay - t * dy);
  };
  const far = (line, p) => line.length === 0 ? Infinity
    : line.reduce((least, q, i) => Math.min(least, toSegment(p, line[Math.max(0, i - 1)], q)), Infinity);
  for (const figure of all('figure.trials', sweep)) {
    const svg = figure.querySelector('svg[tabindex]');
    const lines = data(figure);
    const unit = () => svg.viewBox.baseVal.width / svg.getBoundingClientRect().width;
    const point = (event) => {
      const box = svg.getBoundingClientRect();
      const place = [(event.clientX - box.left) * unit(), (event.clientY - box.top) * unit()];
      const [i, distance] = nearest(lines, (line) => far(line, place));
      if (distance > 16) clear();
      else pick(i, event.clientX, event.clientY);
    };
    svg.onpointermove = point;
    svg.onpointerdown = point;
    svg.onpointerleave = clear;
    svg.onblur = clear;
    svg.onkeydown = (event) => {
      if (event.key === 'Escape') clear();
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = at < 0 ? (by > 0 ? 0 : trials.length - 1) : (at + by + trials.length) % trials.length;
      const box = svg.getBoundingClientRect();
      const [x, y] = lines[next].at(-1) ?? [0, 0];
      pick(next, Math.min(innerWidth - 40, box.left + x / unit()), box.top + y / unit());
    };
  }
}
`;
