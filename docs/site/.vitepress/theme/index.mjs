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
};

export default {
  extends: theme,
  setup: () =>
    onMounted(() => {
      nameParts();
      new MutationObserver(nameParts).observe(document.body, { childList: true, subtree: true });
    }),
};
