/** How curves, their values, and diagrams of reliability are shown. */
export const CHART_STYLE = `
.chart{display:flex;flex-direction:column}
.chart svg[tabindex]{margin-top:auto}
.read{display:flex;flex-wrap:wrap;align-content:flex-start;gap:0 12px;min-height:1.55em;font-size:13.5px;color:var(--quiet)}
.value{display:inline-flex;align-items:center;gap:5px}
.value b{color:var(--ink);font-weight:600}
.multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(46%,220px),1fr));gap:18px 28px}
.small .read{min-height:3.1em;font-size:13px}
.small figcaption{font-size:13.5px;line-height:1.35;overflow-wrap:anywhere}
.chart.reliability{display:block}
output.picked{display:flex;align-items:center;gap:12px;min-height:60px;position:sticky;top:0;z-index:1;background:var(--page);font-size:14.5px;font-weight:600}
.chart svg[tabindex]{touch-action:pan-y;cursor:crosshair}
.reliability{max-width:360px}
.reliability .bar{fill:var(--c);opacity:.85}
.reliability .share{fill:var(--c);opacity:.45}
.reliability .gap{fill:var(--c);fill-opacity:.16;stroke:var(--c);stroke-width:1}
.reliability .few{opacity:.4}
.diagonal{stroke:var(--ink);stroke-dasharray:5 4;opacity:.7}
.verdict{font-size:14.5px;color:var(--quiet);margin:6px 0 0;max-width:24em}
.verdict b{color:var(--ink);font-size:18px}`;
