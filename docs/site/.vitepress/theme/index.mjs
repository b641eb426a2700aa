import { onMounted } from 'vue';
import theme from 'vitepress/theme-without-fonts';
import 'katex/dist/katex.min.css';
import './style.css';

/** What VitePress calls its parts by is not what they are: its first page has no main part, its search is no button. */
const nameParts = () => {
  document.querySelector('.VPHome:not([role])')?.setAttribute('role', 'main');
  const search = document.querySelector('.VPLocalSearchBox[role="button"]');
  if (search) {
    search.setAttribute('role', 'dialog');
    search.setAttribute('aria-label', 'Search');
    for (const name of ['aria-expanded', 'aria-haspopup', 'aria-labelledby', 'aria-owns'])
      search.removeAttribute(name);
  }
  for (const result of document.querySelectorAll('.VPLocalSearchBox .result[aria-label]'))
    result.removeAttribute('aria-label');
  // Results are links in a list, and keys say their names by a role that may have one.
  for (const part of document.querySelectorAll('.VPLocalSearchBox :is([role="listbox"], [role="option"])'))
    for (const name of ['role', 'aria-selected', 'aria-labelledby']) part.removeAttribute(name);
  for (const key of document.querySelectorAll('.VPLocalSearchBox kbd[aria-label]:not([role])'))
    key.setAttribute('role', 'img');
};

export default {
  extends: theme,
  setup: () =>
    onMounted(() => {
      nameParts();
      new MutationObserver(nameParts).observe(document.body, { childList: true, subtree: true });
    }),
};
