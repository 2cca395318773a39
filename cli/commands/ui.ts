/**
 * `ui`: the web page in the person's own browser, with the rights of the kubeconfig, until Ctrl-C. Invariant: it ends by itself
 * when nobody has used it for eight hours.
 */
import type { IncomingMessage } from 'node:http';
import { openPawl } from '../access.ts';
import { openBrowser } from '../browser.ts';
import type { Context } from '../context.ts';
import { CliError, codeOf, type Exit } from '../errors.ts';
import { type Loopback, openLoopback } from '../loopback.ts';
import type { Transport } from '../transport.ts';

export interface UiOptions {
  /** False: only print the URL. */
  readonly browser: boolean;
  readonly port?: number;
}

const idleMs = 8 * 3_600_000;
/** How often to check whether it is idle. */
const lookMs = 60_000;

export async function ui(context: Context, { browser, port = 0 }: UiOptions): Promise<Exit> {
  const { terminal, signal } = context;
  const { env, monotonic, sleep } = context.surroundings;
  const transport = await openPawl(context.options, context.asking);
  let used = monotonic();
  let loopback: Loopback | null = null;
  try {
    await demandPage(transport, signal);
    const onUse = () => {
      used = monotonic();
    };
    loopback = await openLoopback({ transport, port, onUse, signal }).catch((cause: unknown) => {
      if (codeOf(cause) !== 'EADDRINUSE') throw cause;
      throw new CliError('Usage', `port ${port} is taken by another program; give another --port`, { cause });
    });
    terminal.out(`${loopback.url}\n`);
    const opened = browser && (await openBrowser(loopback.url, env));
    terminal.tell(opened ? 'Opened in your browser.' : 'Open this URL in your browser; it works once.');
    terminal.tell(`The page acts with your rights at ${transport.name}. Ctrl-C ends it.`);
    while (monotonic() - used < idleMs) await sleep(lookMs, signal);
    terminal.tell('Nobody has used the page for eight hours, so this command ends.');
    return 0;
  } finally {
    await loopback?.close();
    transport.close();
  }
}

/** Throws CliError when the server does not know the page, or does not let us in. */
async function demandPage(transport: Transport, signal: AbortSignal): Promise<void> {
  const answer: IncomingMessage = await transport.stream({ method: 'GET', path: '/ui/session', signal });
  answer.resume();
  const { statusCode: status = 0 } = answer;
  if (status === 200) return;
  const next =
    status === 404
      ? 'Is it older than the page, or, with --server, started without PAWL_UI=true?'
      : 'For a fuller answer, try: kubectl pawl namespaces';
  throw new CliError(
    'Access',
    `${transport.name} answered ${status} when it was asked for the page. ${next}`,
  );
}
