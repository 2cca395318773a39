/** What an object's namespace may not do with a config, who grants it, and what to ask for. */
import { clip, message, shortName } from '../../history/core/names.ts';
import type { RefusalOf, Right, RulesFound } from '../../history/core/refusal.ts';

interface Ruled extends Omit<RefusalOf<'no-right'>, 'rules'> {
  readonly rules: Exclude<RulesFound, { kind: 'closed' }>;
}

export function rightWords({ rules, ...refusal }: RefusalOf<'no-right'>): string {
  const { from, right } = refusal;
  if (rules.kind !== 'closed') return words[right]({ ...refusal, rules });
  return message(
    `What Kubernetes namespace ${from} had belongs to an earlier namespace of that name.`,
    `An administrator opens it: spec.claimedBy of ConfigNamespace ${from} names this one's metadata.uid.`,
  );
}

const words: Record<Right, (refusal: Ruled) => string> = {
  write: ({ config: { namespace, path }, from, rules }) => {
    const other = `ask for ${rules.kind === 'own-name' && rules.declared ? '' : 'a '}ConfigNamespace ${namespace}`;
    switch (rules.kind) {
      case 'nowhere':
        return message(
          [
            `There is no config namespace ${namespace}: neither a ConfigNamespace nor a Kubernetes namespace has that name.`,
            `There is no config namespace ${namespace}.`,
          ],
          `Leave out spec.namespace, or ${other} whose writers include ${from}.`,
        );
      case 'own-name':
        return message(
          `Only Kubernetes namespace ${namespace} may write config namespace ${namespace}, and this object is in ${from}.`,
          `Leave out spec.namespace, or ${other} whose writers include ${from}.`,
        );
      case 'listed':
        return message(
          `ConfigNamespace ${namespace} does not let Kubernetes namespace ${from} write ${clip(path, 40)}: ` +
            `${granted(rules.paths)}.`,
          [
            `Ask its owner for a writers entry. To see the entries: kubectl get confignamespace ${namespace} -o yaml`,
            'Ask its owner for a writers entry.',
          ],
        );
    }
  },
  read: ({ config, from }) =>
    message(
      `The version is kept, but Kubernetes namespace ${from} may not read ${shortName(config)} any more: its ConfigMap ` +
        'shows no later version.',
      `Ask the owner of config namespace ${config.namespace} for a readers entry, or delete this object.`,
    ),
  delete: ({ config, from }) =>
    message(
      `Kubernetes namespace ${from} may not delete ${shortName(config)}.`,
      `Ask the owner of config namespace ${config.namespace} for a writers entry with delete: true.`,
    ),
};

function granted(paths: readonly string[]): string {
  if (paths.length === 0) return 'it is not among the writers';
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
  return `it may write only ${clip(paths.slice(0, 3).join(', '), 60)}${more}`;
}
