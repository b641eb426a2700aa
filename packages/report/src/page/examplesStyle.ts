/** How predictions of single images are shown. */
export const EXAMPLES_STYLE = `
.unseen{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.examples{display:grid;gap:30px}
.example{border-top:1px solid var(--line);padding-top:14px;min-width:0}
.example h3{margin:0;overflow-wrap:anywhere}
.panes{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(44%,170px),1fr));gap:0 20px}
.panes figure{display:grid;grid-template-rows:subgrid;grid-row:span 2;grid-template-columns:minmax(0,1fr)}
.panes figcaption{font-size:14px;line-height:1.3;color:var(--quiet);margin:0;padding:12px 0 6px;align-self:end;overflow-wrap:anywhere}
.panes figcaption .method{color:var(--ink)}
.panes img,.boxes{display:block;width:100%;height:auto;max-width:230px;max-height:230px;object-fit:contain;object-position:0 0;border-radius:5px}
.said{margin:6px 0 0;font-size:14.5px;line-height:1.45;overflow-wrap:anywhere}
.ranked,.told{margin:6px 0 0;padding:0;font-size:14.5px;max-width:230px}
.ranked{list-style:none}
.ranked li{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:2px 12px;margin:0 0 8px;overflow-wrap:anywhere}
svg.share{grid-column:1/-1;height:5px}
.share .whole{fill:var(--line)}
.share .part{fill:var(--accent)}
.told{padding-left:1.6em}ul.told{list-style:none;padding:0;overflow-wrap:anywhere}.told .dot{display:inline-block}
.chips{display:flex;flex-wrap:wrap;gap:6px;list-style:none;margin:6px 0 0;padding:0;font-size:14px}
.chip{border:1px solid var(--line);border-radius:99px;padding:2px 10px;overflow-wrap:anywhere}
.chip small{display:inline}
.chip i{font-style:normal;font-weight:700}
.chip.right{border-color:var(--accent)}
.chip.right i{color:var(--accent)}
.chip.wrong{border-color:var(--wrong);border-width:2px}
.chip.wrong i{color:var(--wrong)}
.chip.missed{border-color:var(--quiet);border-style:dashed}
.lead .chips,.swatches{display:flex;flex-wrap:wrap;gap:6px 14px;margin-top:10px}
.lead .chip,.swatch{color:var(--ink);font-size:14px}
.swatch{display:inline-flex;align-items:center;gap:7px;overflow-wrap:anywhere}
.swatch svg{width:14px;height:14px;flex:none;border:1px solid var(--quiet)}
.boxes{overflow:hidden}
.boxes image{image-rendering:pixelated}
.boxes rect{fill:none;vector-effect:non-scaling-stroke}
.boxes .halo{stroke:#fff;stroke-width:4;opacity:.75}
.boxes .box{stroke:var(--c);stroke-width:2}
.boxes .dashed{stroke:#111;stroke-width:1.6;stroke-dasharray:4 3}
.cuts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(44%,160px),1fr));gap:20px 22px}
.cuts .boxes{max-width:200px}
.cuts figcaption{font-size:14px;line-height:1.4;margin-top:7px;overflow-wrap:anywhere}
.errors{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:14px 40px;margin:0}
.errors>div{display:grid;grid-template-columns:minmax(0,150px) minmax(0,1fr);gap:14px;align-items:start}
.errors dd{margin:0}
@media(max-width:760px){.errors>div{grid-template-columns:minmax(0,1fr);gap:3px}.errors small{display:inline;margin-left:8px}}
.amounts{max-width:420px}
.amount{fill:var(--c)}
svg.boxes text{fill:#fff;stroke:#111;stroke-width:3;paint-order:stroke;font-weight:700}`;
