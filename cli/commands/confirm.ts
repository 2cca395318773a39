/**
 * `confirm cv/NAME`: looks at the merge a ConfigVersion object waits with, and confirms exactly that, with the
 * annotation the operator reads. Invariant: what is confirmed is what was shown.
 */
import { openKubernetes } from '../access.ts';
import type { Context } from '../context.ts';
import { painted, unified } from '../diffs.ts';
import { CliError, type Exit } from '../errors.ts';
import { bodyOfAnswer } from '../kubernetes-answer.ts';
import { oneLine } from '../terminal.ts';

export interface ConfirmOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly token?: string;
}

const annotation = 'pawl.dev/confirm';

interface ConfigVersionObject {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly body?: string; readonly path?: string };
  readonly status?: {
    readonly conflict?: {
      readonly baseVersion?: string;
      readonly currentVersion?: string;
      readonly currentAuthor?: string;
      readonly diff?: string;
      readonly merged?: string;
      readonly token?: string;
    };
    readonly conditions?: readonly {
      readonly type: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

export async function confirm(
  context: Context,
  typed: string,
  { yes = false, dryRun = false, token }: ConfirmOptions,
): Promise<Exit> {
  const { terminal, signal } = context;
  const name = /^(?:(?:cv|configversions?)(?:\.pawl\.dev)?\/)?([a-z0-9]([-.a-z0-9]*[a-z0-9])?)$/.exec(
    typed,
  )?.[1];
  if (name === undefined)
    throw new CliError('Usage', `${typed} is not a ConfigVersion; name one, such as cv/limits`);
  const kubernetes = await openKubernetes(context.options, context.asking);
  try {
    const namespace = context.options.namespace ?? kubernetes.namespace;
    const path = `/apis/pawl.dev/v1alpha1/namespaces/${encodeURIComponent(namespace)}/configversions/${name}`;
    const headers = { accept: 'application/json' };
    const object = bodyOfAnswer<ConfigVersionObject>(
      await kubernetes.request({ method: 'GET', path, headers, signal }),
      kubernetes.name,
    );
    const conflict = object.status?.conflict;
    const waiting = conflict?.token;
    if (waiting === undefined)
      throw new CliError(
        'Conflict',
        `${namespace}/${name} is not waiting for a confirmation. ${standing(object)}`,
        {
          exit: 2,
        },
      );
    if (token !== undefined && token !== waiting) {
      throw new CliError(
        'Conflict',
        `${namespace}/${name} is waiting for the confirmation of another result than --token names: somebody has saved since. Nothing was confirmed; look at it again`,
      );
    }
    if (token === undefined) {
      terminal.tell(
        `${namespace}/${name} was edited on version ${conflict?.baseVersion}; ${oneLine(conflict?.currentAuthor ?? '') || 'somebody'} has saved version ${conflict?.currentVersion} since. The edit merges:`,
      );
      terminal.tell(painted(terminal, (conflict?.diff ?? '').replace(/\n$/, ''), 'err'));
      if (conflict?.merged !== undefined && object.spec.body !== undefined) {
        const change = await unified(object.spec.body, conflict.merged, {
          from: 'as proposed',
          to: 'as it will be saved',
        });
        terminal.tell('With what others saved, it becomes:');
        terminal.tell(painted(terminal, change.replace(/\n$/, ''), 'err'));
      }
      if (
        !yes &&
        !dryRun &&
        !(await terminal.confirm('Confirm this merge?', `--yes, or --token ${waiting}`))
      ) {
        throw new CliError('Declined', 'Nothing was confirmed.');
      }
    }
    if (dryRun) return 0;
    const patch = {
      metadata: { resourceVersion: object.metadata.resourceVersion, annotations: { [annotation]: waiting } },
    };
    const sent = { ...headers, 'content-type': 'application/merge-patch+json' };
    const answer = await kubernetes.request({
      method: 'PATCH',
      path: `${path}?fieldManager=kubectl-pawl`,
      headers: sent,
      body: JSON.stringify(patch),
      signal,
    });
    if (answer.status === 409)
      throw new CliError(
        'Conflict',
        `${namespace}/${name} has changed in the meantime. Nothing was confirmed; look at it again`,
      );
    bodyOfAnswer(answer, kubernetes.name);
    if (context.structured) await context.print({ namespace, name, token: waiting });
    else terminal.out(`configversion.pawl.dev/${name} confirmed\n`);
    return 0;
  } finally {
    kubernetes.close();
  }
}

function standing({ status }: ConfigVersionObject): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready === undefined ? '' : `It is ${ready.reason}: ${ready.message}`;
}
