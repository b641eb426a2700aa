/** Rules of the live page, beside those of every page. */
export const LIVE_STYLE = `
.runs{max-height:420px;overflow:auto;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.runs .figures{width:100%;margin-top:0}
.runs .figures th,.runs .figures td{text-align:left;padding:7px 16px 7px 0;vertical-align:middle}
.runs tbody th{min-width:12em}
.runs thead th{position:sticky;top:0;background:var(--page);z-index:1}
#machine{margin-top:10px}
.runs thead th{white-space:nowrap}
.runs label{display:flex;align-items:center;gap:9px;cursor:pointer;overflow-wrap:anywhere}
.runs input{width:18px;height:18px;flex:none;accent-color:var(--accent)}
.runs progress{width:110px;height:7px;accent-color:var(--accent);display:block}
.metrics{white-space:normal!important;min-width:13em}
.metric{display:inline-block;margin-right:10px;color:var(--quiet)}
.metric b{color:var(--ink);font-weight:600}
.metrics small{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}
.state.running{color:var(--accent);font-weight:600}
.state.damaged{color:var(--wrong);font-weight:600}
.bars{display:flex;flex-wrap:wrap;align-items:center;gap:10px 18px;margin:0 0 12px;font-size:14.5px}
.bars label{display:flex;align-items:center;gap:9px}
.bars input{font:inherit;color:inherit;background:var(--raised);border:1px solid var(--quiet);border-radius:8px;padding:5px 10px;width:15em;max-width:60vw}
.bars a{color:var(--accent)}
.lost{border-left:3px solid var(--wrong);padding:2px 12px;margin:14px 0 0}
dialog{background:var(--page);color:var(--ink);border:1px solid var(--quiet);border-radius:12px;padding:24px;max-width:min(34em,92vw)}
dialog::backdrop{background:#0008}
dialog h2{font-size:20px}
dialog p{overflow-wrap:anywhere}
dialog menu{display:flex;gap:12px;justify-content:flex-end;padding:0;margin:20px 0 0}
dialog .do{background:var(--accent);border-color:var(--accent);color:var(--page);font-weight:600}
@media(max-width:760px){.runs{max-height:300px}.runs .figures th,.runs .figures td{padding-right:12px}}`;
