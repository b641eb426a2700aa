import { html } from '@understory/report';
import { page } from '@understory/report/node';
import { LIVE_SCRIPT } from './liveScript.ts';
import { LIVE_STYLE } from './liveStyle.ts';

const BODY = html`<div class="bars">
    <label>Find <input id="find" type="search" autocomplete="off" /></label>
    <a id="frozen" href="/page.html" hidden>Save what is shown as one file</a>
  </div>
  <p id="said" role="status" class="unseen"></p>
  <div id="list"><p class="note">Reading the runs …</p></div>
  <p id="machine" class="note"></p>
  <p id="lost" class="lost" role="alert" hidden></p>`;

const DIALOG = html`<dialog aria-labelledby="sure">
  <form method="dialog">
    <h2 id="sure"></h2>
    <p></p>
    <menu>
      <button type="submit" value="cancel">Leave it</button>
      <button type="submit" value="do" class="do"></button>
    </menu>
  </form>
</dialog>`;

/** The page that shows runs below a folder while they train: a report's page whose parts come from its server. */
export const livePage = (folder: string): string =>
  page({
    title: 'Understory',
    date: new Date().toISOString(),
    dataset: folder,
    headline: 'Runs',
    standfirst: '',
    live: 'Made by Understory. This page asks nobody but the program on this machine that shows it.',
    sections: [
      {
        id: 'runs',
        short: 'Runs',
        title: 'All runs',
        lead: 'Check runs to see them side by side. What is shown follows them as they train.',
        body: html`${BODY}${DIALOG}`,
      },
    ],
    more: html`<div id="parts"></div>`,
    style: LIVE_STYLE,
    script: LIVE_SCRIPT,
  });
