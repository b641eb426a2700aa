/** How a part under its title is folded and opened. */
export const FOLD_STYLE = `
.part{margin:0}
.part>summary{list-style:none;display:flex;gap:12px;justify-content:space-between;align-items:baseline}
.part>summary::-webkit-details-marker{display:none}
.part>summary::after{content:"";flex:none;width:8px;height:8px;border:solid var(--quiet);border-width:0 2px 2px 0;transform:rotate(45deg) translate(-3px,-3px)}
.part[open]>summary::after{transform:rotate(225deg)}
@media(min-width:761px){.part[open]>summary::after{visibility:hidden}.part>summary:hover::after,.part>summary:focus-visible::after{visibility:visible}}
summary{cursor:pointer;font-size:15px}
@media(max-width:760px){
.part:not([open])>summary h2{margin:0;font-size:19px}
section:has(>.part:not([open])){padding:14px 0 10px;border-top:1px solid var(--line)}
}`;

/**
 * On a narrow screen the first parts are open, the others a title each: all of them are a dozen screens. A part opens by its title, by
 * a link to it, and for print; the browser opens what it finds in one. Without scripts all are open.
 */
export const FOLD_SCRIPT = `
const OPEN_AT_FIRST = 2;
const isNarrow = () => matchMedia('(max-width: 760px)').matches;
const fold = (sections) => {
  if (isNarrow()) sections.slice(OPEN_AT_FIRST).forEach((section) => { section.querySelector('.part').open = false; });
};
const openPart = (id) => {
  const part = id && document.querySelector('section[id="' + CSS.escape(id) + '"] > .part');
  if (part) part.open = true;
};
addEventListener('hashchange', () => openPart(location.hash.slice(1)));
document.querySelector('nav').addEventListener('click', (event) => openPart(event.target.hash && event.target.hash.slice(1)));
addEventListener('beforeprint', () => all('.part').forEach((part) => { part.open = true; }));
fold(all('section'));
openPart(location.hash.slice(1));
`;
