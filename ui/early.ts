/**
 * Asks for what the page at this address will show while the page's own script is still on its way. Invariant: it only asks
 * earlier what the page asks anyway, in the same words (api/client.ts takes the answers), and imports nothing that is not
 * written into its file.
 */
import './unloaded.ts';

{
  const base = new URL('./', document.baseURI);
  const root = new URL('../', base);
  const ask = (path: string) => {
    const { href } = new URL(path, root);
    const answer = fetch(href, {
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { accept: 'application/json' },
    });
    // Whoever takes it hears of a failure; nobody may.
    answer.catch(() => undefined);
    window.pawlEarly?.set(href, answer);
  };
  window.pawlEarly = new Map();
  ask('ui/session');
  const { pathname, search } = window.location;
  const here = pathname.startsWith(base.pathname) ? pathname.slice(base.pathname.length) : '';
  // The page's path is the API's; one with a slash at its end is a folder.
  if (/^configs\/[^/]+\/.*[^/]$/.test(here) && /^(\?version=[1-9][0-9]*)?$/.test(search)) ask(here + search);
}
