import { FOLD_SCRIPT } from './fold.ts';

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
const openSwitch = (box) => {
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
};

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
addEventListener('keydown', (event) => { if (event.key === 'Escape') hideTip(); });
addEventListener('scroll', hideTip, { passive: true });

// Values of the curves, told below each: there they hide nothing, and are read out as they change.
const SVG = 'http://www.w3.org/2000/svg';
const mark = (s) => {
  const key = document.createElementNS(SVG, 'svg');
  key.setAttribute('class', 'key');
  key.setAttribute('viewBox', '-7 -7 14 14');
  key.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('class', 'mark');
  path.setAttribute('d', s.mark);
  key.append(path);
  return key;
};
const follow = (figure) => {
  const svg = figure.querySelector('svg[tabindex]');
  if (!svg) return;
  const series = data(figure);
  const cursor = svg.querySelector('.cursor');
  const read = figure.querySelector('.read');
  const xs = [...new Set(series.flatMap((s) => s.points.map((p) => p[0])))].sort((a, b) => a - b);
  if (xs.length === 0) return;
  let at = xs.length - 1;
  const show = () => {
    const rows = series.map((s) => [s, s.points[nearest(s.points, (p) => Math.abs(p[0] - xs[at]))[0]]]);
    const near = rows.filter(([, p]) => p && Math.abs(p[0] - xs[at]) <= 12);
    cursor.setAttribute('transform', 'translate(' + xs[at] + ' 0)');
    cursor.setAttribute('visibility', 'visible');
    const values = near.map(([s, p]) => {
      const value = make('span', 'value ' + s.css);
      value.append(mark(s), make('span', 'unseen', s.name + ' '), make('b', '', p[3]));
      return value;
    });
    read.replaceChildren(make('span', '', near[0][1][2]), ...values);
  };
  const hide = () => { cursor.setAttribute('visibility', 'hidden'); read.replaceChildren(); };
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
    if (event.key === 'Escape') hide();
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: xs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    at = Math.max(0, Math.min(xs.length - 1, to));
    show();
  };
};

// The maps of the stages: one image in all of them, one class alone.
const openMaps = (maps) => {
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
  const picked = maps.querySelector('output.picked');
  const picture = (i) => {
    if (!sprites) return [];
    const side = Number(sprites.dataset.side);
    const columns = Number(sprites.dataset.columns);
    const zoom = 48 / side;
    const box = make('div', 'sprite');
    box.style.backgroundImage = 'url("' + sprites.src + '")';
    box.style.backgroundSize = columns * 48 + 'px auto';
    box.style.backgroundPosition = -(i % columns) * side * zoom + 'px ' + -Math.floor(i / columns) * side * zoom + 'px';
    return [box];
  };
  const ring = (i) => views.forEach((v) => {
    if (i >= 0) v.ring.setAttribute('transform', 'translate(' + v.points[i].join(' ') + ')');
    v.ring.setAttribute('visibility', i >= 0 ? 'visible' : 'hidden');
  });
  const none = () => { ring(-1); picked.replaceChildren(); };
  const pick = (i) => {
    ring(i);
    picked.replaceChildren(...picture(i), make('span', '', names[i]));
  };
  for (const { svg, points } of views) {
    const orders = [0, 1].map((k) => points.map((_, i) => i).sort((a, b) => points[a][k] - points[b][k]));
    let at = -1;
    const point = (event) => {
      const box = svg.getBoundingClientRect();
      const unit = svg.viewBox.baseVal.width / box.width;
      const [x, y] = [(event.clientX - box.left) * unit, (event.clientY - box.top) * unit];
      const [i, far] = nearest(points, (p) => Math.hypot(p[0] - x, p[1] - y));
      if (far > 14) { none(); return; }
      at = i;
      pick(i);
    };
    svg.onpointermove = point;
    svg.onpointerdown = point;
    svg.onpointerleave = none;
    svg.onblur = none;
    svg.onkeydown = (event) => {
      if (event.key === 'Escape') none();
      const [by, k] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [1, 1], ArrowUp: [-1, 1] }[event.key] || [];
      if (!by) return;
      event.preventDefault();
      const order = orders[k];
      const place = at < 0 ? (by > 0 ? 0 : order.length - 1) : order.indexOf(at) + by;
      at = order[Math.max(0, Math.min(order.length - 1, place))];
      pick(at);
    };
  }
  const keys = all('.classes button', maps);
  for (const key of keys) key.onclick = () => {
    const alone = key.getAttribute('aria-pressed') !== 'true';
    keys.forEach((k) => k.setAttribute('aria-pressed', String(alone && k === key)));
    maps.classList.toggle('alone', alone);
    for (const path of all('.scatter path', maps)) path.classList.toggle('on', path.dataset.group === key.dataset.group);
  };
};

// All that moves in a part of the page, which may come later than the page itself.
const enliven = (root) => {
  all('.switch', root).forEach(openSwitch);
  all('figure.chart', root).forEach(follow);
  all('.maps', root).forEach(openMaps);
};
enliven(document);
${FOLD_SCRIPT}`;
