import { CHART_STYLE } from './chartStyle.ts';
import { EXAMPLES_STYLE } from './examplesStyle.ts';
import { FOLD_STYLE } from './fold.ts';
import { DARK, LIGHT, type Theme } from './palette.ts';

const variables = ({ methods, classes, ...plain }: Theme): string =>
  [
    ...Object.entries(plain).map(([name, colour]) => `--${name}:${colour}`),
    ...methods.map((colour, i) => `--m${i}:${colour}`),
    ...classes.map((colour, i) => `--k${i}:${colour}`),
  ].join(';');

const themes = `
:root{color-scheme:light;${variables(LIGHT)}}
@media(prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${variables(DARK)}}}
:root[data-theme=dark]{color-scheme:dark;${variables(DARK)}}
${LIGHT.methods.map((_, i) => `.m${i}{--c:var(--m${i})}`).join('')}
${LIGHT.classes.map((_, i) => `.k${i}{--c:var(--k${i})}`).join('')}
.rest{--c:var(--quiet)}`;

// Shades of a share, by tenths: none between those on which dark letters can be read and those on which light ones can.
const HITS = [6, 12, 19, 26, 33, 40, 47, 85, 92, 100];
const MISSES = [7, 12, 17, 22, 27, 32, 37, 42, 47, 100];

const text = `
*{box-sizing:border-box}
[hidden]{display:none!important}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
main,header,footer{max-width:1080px;margin:0 auto;padding:0 28px}
header{padding-top:36px}
.bar{display:flex;align-items:center;gap:10px;color:var(--quiet);font-size:14px}
.bar svg{width:26px;height:26px;flex:none}
.bar b{color:var(--ink);font-weight:600}
.bar span:nth-of-type(1){flex:1;overflow-wrap:anywhere}
button{font:inherit;color:inherit;background:none;border:1px solid var(--line);border-radius:99px;padding:5px 13px;cursor:pointer}
button:hover{border-color:var(--quiet)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
h1{font-size:clamp(27px,4.2vw,43px);line-height:1.14;letter-spacing:-.022em;font-weight:680;margin:52px 0 18px;max-width:23em;text-wrap:balance;overflow-wrap:anywhere}
.standfirst{font-size:clamp(16px,1.7vw,19px);color:var(--quiet);max-width:44em;margin:0 0 30px;text-wrap:pretty}
nav{display:flex;flex-wrap:wrap;gap:4px 20px;padding:12px 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line);font-size:14.5px}
nav a{color:var(--quiet);text-decoration:none;padding:2px 0}
nav a:hover{color:var(--accent);text-decoration:underline;text-underline-offset:4px}
section{padding:46px 0 6px;scroll-margin-top:0}
h2{font-size:clamp(21px,2.5vw,27px);line-height:1.25;letter-spacing:-.014em;font-weight:660;margin:0 0 8px}
h3{font-size:16px;font-weight:640;margin:26px 0 10px}
h4{font-size:14.5px;font-weight:640;margin:0 0 8px}
.lead{color:var(--quiet);max-width:47em;margin:0 0 20px;text-wrap:pretty}
.beneath{margin-top:22px}
.note{max-width:44em;margin:0 0 12px;font-size:15px;color:var(--quiet);text-wrap:pretty}
.note{overflow-wrap:break-word}
.note b{color:var(--ink);font-weight:600}
.warn{border-left:3px solid var(--wrong);padding-left:12px}
small{display:block;color:var(--quiet);font-size:13.5px;font-weight:400;line-height:1.4}
footer{color:var(--quiet);font-size:14px;padding-top:40px;padding-bottom:48px}
.method{display:inline-flex;align-items:center;gap:7px;font-weight:600;max-width:100%}.method span{min-width:0;overflow-wrap:anywhere}
.key{width:13px;height:13px;flex:none}
.mark{fill:var(--c)}
.legend{display:flex;flex-wrap:wrap;gap:4px 22px;margin:0 0 12px;font-size:14.5px}
.legend .method{font-weight:500}`;

const tables = `
table{border-collapse:collapse}
.results{width:100%;margin:14px 0 0}
.results th,.results td{text-align:right;padding:15px 0 15px 22px;vertical-align:top;border-bottom:1px solid var(--line)}
.results th:first-child{text-align:left;padding-left:0;min-width:11em;max-width:20em}
.results thead th{overflow-wrap:anywhere;font-size:13.5px;font-weight:500;color:var(--quiet);padding-top:6px;padding-bottom:8px;vertical-align:bottom}
.results td{white-space:nowrap}
.number{font-size:18px}
.best .number{font-weight:700;color:var(--accent)}
.pill{display:inline-block;font-size:11.5px;line-height:1;font-weight:600;color:var(--accent);border:1px solid;border-radius:99px;padding:3px 7px;margin-right:3px;vertical-align:2.5px}
.aside{display:grid;grid-template-columns:minmax(0,380px) minmax(0,1fr);gap:12px 52px;align-items:center;margin-top:26px}
.aside>div>:last-child{margin-bottom:0}
.intervals{margin:0}
.whisker{stroke:var(--c);stroke-width:2.5;stroke-linecap:round;opacity:.55}
.scroll{overflow-x:auto;max-width:100%}
.beside{display:flex;flex-wrap:wrap;gap:24px 56px;align-items:flex-start}
.beside>:first-child{min-width:0;max-width:100%}
.beside>:last-child{flex:1 1 250px}
.beside h3{margin-top:0}
.confusion{border-collapse:separate;border-spacing:2px;font-size:14px}
.confusion caption{caption-side:bottom;text-align:left;color:var(--quiet);font-size:13.5px;padding-top:8px}
.confusion td{min-width:30px;width:46px;height:40px;text-align:center;background:var(--raised);border-radius:3px;padding:0}
.confusion thead td{background:none}
.confusion th{font-weight:500;font-size:13.5px}
.confusion tbody th{text-align:right;padding:0 8px 0 0;white-space:nowrap;max-width:11em;overflow:hidden;text-overflow:ellipsis}
.confusion thead th{vertical-align:bottom;height:1px}
.confusion thead span{display:inline-block;writing-mode:vertical-rl;transform:rotate(180deg);max-height:13em;overflow:hidden;white-space:nowrap;text-overflow:ellipsis;padding:4px 0}
${HITS.map((part, i) => `.hit.q${i + 1}{background:color-mix(in srgb,var(--accent) ${part}%,var(--raised))}`).join('')}
${MISSES.map((part, i) => `.miss.q${i + 1}{background:color-mix(in srgb,var(--wrong) ${part}%,var(--raised))}`).join('')}
.hit.q8,.hit.q9,.hit.q10,.miss.q10{color:var(--page);font-weight:600}
.matrix{margin:0}
.matrix img{width:min(420px,100%);height:auto;border:1px solid var(--line)}
.matrix figcaption{color:var(--quiet);font-size:13.5px}
.pairs{list-style:none;margin:0;padding:0;font-size:15px;max-width:32em}
.pairs li{display:flex;justify-content:space-between;gap:16px;padding:7px 0;border-bottom:1px solid var(--line)}
.pairs i{color:var(--quiet);font-style:normal}
.pairs b{white-space:nowrap;font-weight:600}
.pairs small{display:inline}
.tabs{display:flex;flex-wrap:wrap;gap:8px;margin:0 0 18px}
.tabs .method{font-weight:500;font-size:14.5px}
.tabs [aria-selected=true]{border-color:var(--ink);box-shadow:inset 0 0 0 1px var(--ink)}
.live .alone{display:none}
.options{font-size:14px;margin-top:10px}
.options th,.options td{text-align:left;padding:5px 22px 5px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere;min-width:7em}
.options .differs td{font-weight:600}
.options tbody th{font-weight:400;color:var(--quiet)}
.figures{font-size:14.5px;margin-top:20px}
.figures th,.figures td{text-align:right;padding:6px 0 6px 22px;border-bottom:1px solid var(--line);white-space:nowrap}
.figures thead th{white-space:normal;min-width:5em;max-width:14em;vertical-align:bottom;font-weight:500;font-size:13.5px;color:var(--quiet)}
.figures thead .method span{overflow-wrap:break-word}.figures tbody th{text-align:left;min-width:6.5em;font-weight:400;padding-left:0;max-width:20em;white-space:normal;overflow-wrap:anywhere}
details{margin-top:18px}
pre{background:var(--raised);border-radius:8px;padding:14px 16px;white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;user-select:all}
.facts{display:flex;flex-wrap:wrap;gap:12px 36px;margin:18px 0 0;font-size:15px}
.facts dt{color:var(--quiet);font-size:13.5px}
.facts dd{margin:0;overflow-wrap:anywhere}`;

const drawings = `
figure{margin:0;min-width:0}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink);font-variant-numeric:tabular-nums}
.axis text{fill:var(--quiet)}
.grid{display:grid;gap:26px 40px}
path.grid,.diagonal,.cursor{fill:none;stroke:var(--line);stroke-width:1}
.two{grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr))}
.three{grid-template-columns:repeat(auto-fill,minmax(min(100%,290px),1fr));margin-top:26px}
.chart figcaption,.intervals figcaption{font-size:14.5px;color:var(--quiet);margin:0 0 6px}
.chart figcaption b{color:var(--ink);font-weight:600}
.chart+.note{margin-top:8px}
.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
svg text.end{fill:var(--c);font-weight:600;paint-order:stroke;stroke:var(--page);stroke-width:4px;stroke-linejoin:round}
.cursor{stroke:var(--quiet)}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(170px,1fr));gap:22px 26px}
.gallery figure{border:1px solid var(--line);border-radius:9px;padding:10px}
.gallery div{display:flex;gap:6px}
.gallery img{flex:1 1 0;min-width:0;max-width:96px;height:auto;border-radius:5px}
.gallery figcaption,.mistakes figcaption{font-size:14px;margin-top:6px;overflow-wrap:anywhere}
.gallery figcaption{color:var(--quiet)}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:22px 26px}
.mistakes figure{display:flex;gap:14px;align-items:flex-start}
.mistakes figcaption{margin:0;line-height:1.45;min-width:0}
.mistakes img{width:72px;height:auto;flex:none;border-radius:6px}
.mistakes b{font-weight:600}
.sure{white-space:nowrap}
.wrong{color:var(--wrong)}
.pixels{image-rendering:pixelated}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(30%,240px),1fr));gap:18px}
.maps h3{margin-top:26px;padding-top:14px;border-top:1px solid var(--line)}
.depth{margin-top:4px}
.panels figure{max-width:380px}
.panels figcaption{display:flex;justify-content:space-between;align-items:baseline;gap:10px;font-size:14.5px;margin-top:8px}
.panels .method{font-weight:500}
.panels figcaption>b{font-size:20px;font-weight:660}
.scatter{background:var(--raised);border-radius:10px;touch-action:pan-x pan-y;cursor:crosshair}
.scatter path{fill:none;stroke:var(--c);stroke-width:4.6;stroke-linecap:round;opacity:.85}
.scatter .rest{opacity:.3}
.scatter .rest:first-child:nth-last-child(2){opacity:.6}
.alone .scatter path{opacity:.1}
.alone .scatter path.on{opacity:1}
.ring{fill:none;stroke:var(--ink);stroke-width:1.8}
.maps{margin-top:34px}
.maps .lead{margin-bottom:14px}
.classes{display:flex;flex-wrap:wrap;gap:7px;font-size:14px}
.classes button,.others{display:inline-flex;align-items:center;gap:7px;padding:3px 11px}
.classes [aria-pressed=true]{border-color:var(--ink);box-shadow:inset 0 0 0 1px var(--ink)}
.dot{width:10px;height:10px;border-radius:50%;background:var(--c)}
#tip{position:fixed;z-index:2;pointer-events:none;background:var(--page);border:1px solid var(--line);border-radius:9px;padding:8px 11px;font-size:13.5px;line-height:1.5;box-shadow:0 6px 24px #0003;max-width:min(320px,80vw)}
#tip strong{display:block;font-weight:600}
.row{display:flex;align-items:center;gap:7px}
.row i{width:9px;height:9px;border-radius:50%;background:var(--c);flex:none}
.row b{margin-left:auto;padding-left:14px;font-weight:600}
.sprite{width:48px;height:48px;border-radius:5px;image-rendering:pixelated;flex:none}`;

const narrow = `
@media(max-width:960px){
.aside{grid-template-columns:minmax(0,1fr)}
.aside>figure{max-width:600px}
.results thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.results,.results tbody,.results tr{display:block}
.results tr{display:grid;grid-template-columns:repeat(auto-fill,minmax(130px,1fr));gap:12px 20px;padding:18px 0;border-bottom:1px solid var(--line)}
.results tr:first-child{padding-top:4px}
.results th,.results td,.results th:first-child{display:block;text-align:left;padding:0;border:0;max-width:none}
.results tbody th{grid-column:1/-1}
.results td{white-space:normal;min-width:0}
.number{white-space:nowrap}
.results td::before{content:attr(data-title);display:block;font-size:13px;color:var(--quiet);overflow-wrap:anywhere}
}
@media(max-width:760px){
main,header,footer{padding-left:18px;padding-right:18px}
header{padding-top:20px}
h1{margin-top:34px}
section{padding-top:26px}
.confusion{border-spacing:1.5px}
.confusion td{min-width:25px;width:26px;height:28px;font-size:12.5px}
.confusion tbody th{max-width:6.4em;padding-right:5px;position:sticky;left:0;background:var(--page)}
.gallery{grid-template-columns:1fr 1fr;gap:14px}
.multiples{gap:16px}
.small svg text{font-size:15px}
.gallery img{max-width:none}
.mistakes{grid-template-columns:1fr}
.panels{gap:10px;grid-template-columns:repeat(auto-fit,minmax(30%,1fr))}
.panels .method span{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.panels figcaption>b{font-size:17px}
.scatter{border-radius:7px}.scatter path{stroke-width:7}
}
@media print{nav,#theme,.tabs,.classes{display:none!important}[role=tabpanel]{display:block!important}section{break-inside:avoid}}`;

export const STYLE = themes + text + tables + drawings + CHART_STYLE + EXAMPLES_STYLE + narrow + FOLD_STYLE;
