/**
 * What keeps the live page alive: it asks its server every five seconds, and puts in what changed. What nobody can see is drawn when
 * it comes near, and each third time for those who read without looking: drawing is most of what an open page costs. What the server
 * sends is markup in which every value is escaped; the page's policy lets nothing in it run.
 */
export const LIVE_SCRIPT = `
const token = new URLSearchParams(location.search).get('token') || '';
const list = document.getElementById('list');
const parts = document.getElementById('parts');
const find = document.getElementById('find');
const lost = document.getElementById('lost');
const said = document.getElementById('said');
const machine = document.getElementById('machine');
const frozen = document.getElementById('frozen');
const dialog = document.querySelector('dialog');
const EVERY = 5000;
const AWAY = 3;
let chosen = null;
let seen = '';
let listed = '';
let told = '';
let latest = [];
let turns = 0;
const shown = new Map();
const near = new Set();

const ask = (path, options = {}) => fetch(path, {
  ...options,
  headers: { Authorization: 'Bearer ' + token, ...options.headers },
  credentials: 'omit',
});

const boxes = () => all('input[type=checkbox]', list);
const filter = () => {
  const words = find.value.trim().toLowerCase();
  for (const row of all('tbody tr', list)) row.hidden = !row.dataset.name.includes(words);
};
find.oninput = filter;

const showList = (markup) => {
  const held = list.contains(document.activeElement) ? document.activeElement : null;
  const key = held && (held.value || held.dataset.act + held.dataset.run);
  const scroll = list.querySelector('.scroll');
  const place = scroll ? scroll.scrollTop : 0;
  list.innerHTML = markup;
  boxes().forEach((box) => { box.checked = chosen.includes(box.value); });
  filter();
  const now = list.querySelector('.scroll');
  if (now) now.scrollTop = place;
  if (!held) return;
  const again = all('input, button', list).find((one) => (one.value || one.dataset.act + one.dataset.run) === key);
  (again || now || find).focus({ preventScroll: true });
};

// A part that somebody points at or reads by keys stays as it is until they leave it; its title may be held meanwhile.
const holdsTitle = (section) => document.activeElement === section.querySelector('.part > summary');
const isAway = (section) => turns % AWAY !== 0 && !near.has(section.id);
const isBusy = (section) => section.contains(document.activeElement) && !holdsTitle(section)
  || section.matches(':hover') && section.querySelector('.read:not(:empty)');
const showPart = ({ id, markup }, before) => {
  let section = document.getElementById(id);
  if (section && shown.get(id) === markup) return section;
  if (section && (isAway(section) || isBusy(section))) return section;
  const holder = document.createElement('div');
  holder.innerHTML = markup;
  const fresh = holder.firstElementChild;
  let picked = [];
  if (section) {
    all('details', section).forEach((d, i) => { const same = all('details', fresh)[i]; if (same) same.open = d.open; });
    const held = holdsTitle(section);
    picked = all('[role=tab][aria-selected=true]', section).map(({ id: tab }) => tab);
    section.replaceWith(fresh);
    if (held) fresh.querySelector('summary').focus({ preventScroll: true });
  } else {
    if (before) before.after(fresh);
    else parts.prepend(fresh);
    // The list of runs is open too.
    if (isNarrow() && all('section').indexOf(fresh) >= OPEN_AT_FIRST) fresh.querySelector('.part').open = false;
  }
  shown.set(id, markup);
  if (section) sight.unobserve(section);
  sight.observe(fresh);
  enliven(fresh);
  all('[role=tab]', fresh).filter((tab) => picked.includes(tab.id)).forEach((tab) => tab.click());
  return fresh;
};
const showParts = () => {
  const ids = latest.map(({ id }) => id);
  for (const old of [...parts.children]) if (!ids.includes(old.id)) { shown.delete(old.id); old.remove(); }
  let before = null;
  for (const part of latest) before = showPart(part, before);
  const nav = document.querySelector('nav');
  const links = [['runs', 'Runs'], ...latest.map(({ id, short }) => [id, short])];
  if (nav.dataset.ids === links.join()) return;
  nav.dataset.ids = links.join();
  nav.replaceChildren(...links.map(([id, text]) => { const a = make('a', '', text); a.href = '#' + id; return a; }));
};
const sight = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) isIntersecting ? near.add(target.id) : near.delete(target.id);
  showParts();
}, { rootMargin: '300px' });
const showAll = () => { turns = 0; showParts(); };
addEventListener('beforeprint', showAll);
const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };

const look = async () => {
  try {
    const query = chosen === null ? '' : 'runs=' + chosen.join(',') + '&';
    const answer = await ask('/state?' + query + 'seen=' + seen);
    if (!answer.ok) throw new Error(await answer.text());
    const state = await answer.json();
    lost.hidden = true;
    if (chosen === null) chosen = state.chosen;
    say(machine, state.machine);
    if (state.list !== listed) showList(listed = state.list);
    turns++;
    if (state.seen === seen) { showParts(); return; }
    seen = state.seen;
    say(document.querySelector('h1'), state.headline || 'Choose runs to see them side by side.');
    say(document.querySelector('.standfirst'), state.standfirst);
    document.title = state.headline || 'Runs';
    if (told !== '' && told !== state.headline) said.textContent = state.headline;
    told = state.headline;
    latest = state.parts;
    showParts();
    frozen.href = '/page.html?token=' + encodeURIComponent(token) + '&runs=' + chosen.join(',');
    frozen.hidden = state.parts.length === 0;
  } catch (error) {
    lost.textContent = 'The server does not answer (' + error.message + '). What is shown is what it told last.';
    lost.hidden = false;
  }
};

list.onchange = () => {
  chosen = boxes().filter((box) => box.checked).map((box) => box.value);
  turns = -1; // all that is shown belongs to other runs
  look();
};

// What changes a run is asked for twice: in the list, and here.
let asked = null;
list.onclick = (event) => {
  const button = event.target.closest('button[data-act]');
  if (!button) return;
  asked = { act: button.dataset.act, run: button.dataset.run, button };
  said.classList.add('unseen');
  ask('/ask?act=' + asked.act + '&run=' + asked.run).then(async (answer) => {
    if (!answer.ok) throw new Error(await answer.text());
    const { title, text, word } = await answer.json();
    dialog.querySelector('h2').textContent = title;
    dialog.querySelector('p').textContent = text;
    dialog.querySelector('.do').textContent = word;
    dialog.showModal();
  }).catch(failed);
};
const failed = ({ message }) => {
  said.textContent = 'That was not done: ' + message;
  said.classList.remove('unseen'); // nothing else on the page shows it
};
dialog.onclose = async () => {
  const isSure = dialog.returnValue === 'do';
  dialog.returnValue = ''; // Escape leaves what the last question was answered by
  if (isSure)
    await ask('/do', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ act: asked.act, run: asked.run }),
    }).then(async (answer) => { said.textContent = await answer.text(); }).catch(failed);
  look();
};

const turn = async () => {
  // Out of sight it draws nothing, and says only that somebody will come back to it; a lost server is told when they do.
  if (document.hidden) await ask('/here').catch(() => undefined);
  else await look();
  setTimeout(turn, EVERY);
};
turn();
document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
`;
