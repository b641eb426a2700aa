/**
 * What the page does by itself; without it everything is there to read, one part under the other. Plain text, since
 * it runs in a browser as it stands. It writes text nodes only, never markup.
 */
export const SCRIPT = `
'use strict';
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const data = (root) => JSON.parse(root.querySelector('script[type="application/json"]').textContent);
const make = (tag, css, text) => {
  const element = document.createElement(tag);
  if (css) element.className = css;
  if (text !== undefined) element.textContent = text;
  return element;
};
const nearest = (items, distance) =>
  items.reduce((best, item, i) => (distance(item) < best[1] ? [i, distance(item)] : best), [-1, Infinity]);

// Light and dark.
const theme = document.getElementById('theme');
const dark = matchMedia('(prefers-color-scheme: dark)');
theme.hidden = false;
theme.onclick = () => {
  const root = document.documentElement;
  const now = root.dataset.theme || (dark.matches ? 'dark' : 'light');
  root.dataset.theme = now === 'dark' ? 'light' : 'dark';
};

// One method at a time.
for (const box of all('.switch')) {
  const list = box.querySelector('.tabs');
  const tabs = all('button', list);
  const show = (k) => tabs.forEach((tab, i) => {
    tab.setAttribute('aria-selected', String(i === k));
    tab.tabIndex = i === k ? 0 : -1;
    document.getElementById(tab.getAttribute('aria-controls')).hidden = i !== k;
  });
  tabs.forEach((tab, k) => {
    tab.onclick = () => show(k);
    tab.onkeydown = (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = (k + by + tabs.length) % tabs.length;
      show(next);
      tabs[next].focus();
    };
  });
  list.hidden = false;
  box.classList.add('live');
  show(Number(list.dataset.first));
}

// The note beside the pointer.
const tip = document.getElementById('tip');
const showTip = (parts, x, y) => {
  tip.replaceChildren(...parts);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = Math.max(8, x + 16 + width > innerWidth - 8 ? x - 16 - width : x + 16) + 'px';
  tip.style.top = Math.max(8, Math.min(y - height / 2, innerHeight - height - 8)) + 'px';
};
const hideTip = () => { tip.hidden = true; };
addEventListener('scroll', hideTip, { passive: true });

// Values of the curves.
for (const figure of all('figure.chart')) {
  const svg = figure.querySelector('svg[tabindex]');
  if (!svg) continue;
  const series = data(figure);
  const cursor = svg.querySelector('.cursor');
  const xs = [...new Set(series.flatMap((s) => s.points.map((p) => p[0])))].sort((a, b) => a - b);
  let at = xs.length - 1;
  const show = () => {
    const rows = series.map((s) => [s, s.points[nearest(s.points, (p) => Math.abs(p[0] - xs[at]))[0]]]);
    const near = rows.filter(([, p]) => p && Math.abs(p[0] - xs[at]) <= 12);
    const box = svg.getBoundingClientRect();
    const scale = box.width / svg.viewBox.baseVal.width;
    cursor.setAttribute('transform', 'translate(' + xs[at] + ' 0)');
    cursor.setAttribute('visibility', 'visible');
    const label = figure.querySelector('.axis .label').textContent;
    const named = /^[0-9]/.test(near[0][1][2]) ? label + ' ' : '';
    const lines = near.map(([s, p]) => {
      const row = make('div', 'row ' + s.css);
      row.append(make('i'), make('span', '', s.name), make('b', '', p[3]));
      return row;
    });
    showTip([make('strong', '', named + near[0][1][2]), ...lines], box.left + xs[at] * scale, box.top + box.height / 3);
  };
  const hide = () => { cursor.setAttribute('visibility', 'hidden'); hideTip(); };
  const point = (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    at = nearest(xs, (v) => Math.abs(v - x))[0];
    show();
  };
  svg.onpointermove = point;
  svg.onpointerdown = point;
  svg.onpointerleave = hide;
  svg.onblur = hide;
  svg.onkeydown = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    at = Math.max(0, Math.min(xs.length - 1, at + by));
    show();
  };
}

// The maps of the stages: one image in all of them, one class alone.
const maps = document.querySelector('.maps');
if (maps) {
  const { groups, names } = data(maps);
  const sprites = document.getElementById('sprites');
  const views = all('.scatter', maps).map((svg) => {
    const points = [];
    for (const path of all('path', svg)) {
      const members = groups[Number(path.dataset.group)];
      path.getAttribute('d').split('M').slice(1).forEach((text, k) => {
        points[members[k]] = text.slice(0, -2).split(' ').map(Number);
      });
    }
    return { svg, points, ring: svg.querySelector('.ring') };
  });
  const picture = (i) => {
    if (!sprites) return [];
    const side = Number(sprites.dataset.side);
    const columns = Number(sprites.dataset.columns);
    const zoom = 72 / side;
    const box = make('div', 'sprite');
    box.style.backgroundImage = 'url("' + sprites.src + '")';
    box.style.backgroundSize = columns * 72 + 'px auto';
    box.style.backgroundPosition = -(i % columns) * side * zoom + 'px ' + -Math.floor(i / columns) * side * zoom + 'px';
    return [box];
  };
  const ring = (i) => views.forEach((v) => {
    if (i >= 0) v.ring.setAttribute('transform', 'translate(' + v.points[i].join(' ') + ')');
    v.ring.setAttribute('visibility', i >= 0 ? 'visible' : 'hidden');
  });
  for (const { svg, points } of views) {
    const point = (event) => {
      const box = svg.getBoundingClientRect();
      const unit = svg.viewBox.baseVal.width / box.width;
      const [x, y] = [(event.clientX - box.left) * unit, (event.clientY - box.top) * unit];
      const [i, far] = nearest(points, (p) => Math.hypot(p[0] - x, p[1] - y));
      if (far > 14) { ring(-1); hideTip(); return; }
      ring(i);
      showTip([...picture(i), make('strong', '', names[i])], event.clientX, event.clientY);
    };
    svg.onpointermove = point;
    svg.onpointerdown = point;
    svg.onpointerleave = () => { ring(-1); hideTip(); };
  }
  const keys = all('.classes button', maps);
  for (const key of keys) key.onclick = () => {
    const alone = key.getAttribute('aria-pressed') !== 'true';
    keys.forEach((k) => k.setAttribute('aria-pressed', String(alone && k === key)));
    maps.classList.toggle('alone', alone);
    for (const path of all('.scatter path', maps)) path.classList.toggle('on', path.dataset.group === key.dataset.group);
  };
}
`;
