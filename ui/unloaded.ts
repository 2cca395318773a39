/**
 * Loads the page once more where its script or its style did not arrive, as when the network changes in between. Invariant:
 * once, until it has come; then the document's own words stand there, with a button.
 */
{
  const key = 'pawl-loaded-again';
  /** A network that changes is there again after a moment. */
  const pauseMs = 1_000;
  const isStyled = () =>
    window.getComputedStyle(document.documentElement).getPropertyValue('--ground') !== '';

  // Not before all that the document names has come or failed.
  window.addEventListener('load', () => {
    if (window.pawlBegun && isStyled()) return sessionStorage.removeItem(key);
    if (sessionStorage.getItem(key) === null) {
      sessionStorage.setItem(key, 'yes');
      setTimeout(() => window.location.reload(), pauseMs);
      return;
    }
    const words = document.querySelector<HTMLFormElement>('form.unloaded');
    if (!words) return;
    words.dataset.sure = '';
    // A form leaves the query out.
    words.addEventListener('submit', event => {
      event.preventDefault();
      window.location.reload();
    });
  });
}
