/** What a promotion would do, or why it cannot be done: the target's latest text against the new one, config by config. */
import { Refusal } from '../api/client.ts';
import { DiffView } from '../parts/diff-view.tsx';
import { Link } from '../parts/link.tsx';
import { Said } from '../parts/said.tsx';
import { Failure } from '../parts/states.tsx';
import type { Decisions } from '../pure/clash.ts';
import {
  changesIn,
  labelOf,
  type Promoted,
  type PromotionOutlook,
  type PromotionWish,
  sourceOf,
} from '../pure/promotion.ts';
import { ClashPlaces } from '../save/clash-places.tsx';

export interface PromotionViewProps {
  readonly what: Promoted;
  readonly asked: PromotionWish;
  readonly outlook: PromotionOutlook;
  readonly memory: Map<string, Decisions>;
  readonly onResult: (text: string | null) => void;
}

export function PromotionView({ what, asked, outlook, memory, onResult }: PromotionViewProps) {
  const { to } = asked;
  switch (outlook.kind) {
    case 'shown': {
      const changes = changesIn(outlook.items);
      const same = outlook.items.length - changes.length;
      return (
        <>
          {changes.length === 0 && (
            <p className="note" role="status">
              There is nothing to promote: {to} has it already.
            </p>
          )}
          {changes.map(item => (
            <div key={item.path} className="promoted">
              <p className="quiet small">
                {sourceOf(item)}
                {item.approval_required && ' It will wait for an approval there.'}
              </p>
              <DiffView diff={item.change ?? ''} label={labelOf(item)} />
            </div>
          ))}
          {changes.length > 0 && same > 0 && (
            <p className="quiet small">
              {same === 1 ? '1 config has' : `${same} configs have`} nothing to promote.
            </p>
          )}
        </>
      );
    }
    case 'since':
      return (
        <p className="note warn" role="alert">
          {asked.since === undefined ? (
            `Nothing says yet from which version of ${what.namespace} that of ${to} was made.`
          ) : (
            <Said text={outlook.problem.detail} />
          )}{' '}
          Write the number of that version into the field above.
        </p>
      );
    case 'clash': {
      const { current_version: current, marked = '' } = outlook.problem;
      return (
        <ClashPlaces
          key={marked}
          {...{ memory, onResult }}
          config={{ namespace: to, path: what.path! }}
          problem={outlook.problem}
          proposal={{ text: '', base: current }}
          about={
            <>
              {what.namespace} and {to} changed the same places. Theirs is version {current} of {to}, mine is
              the latest of {what.namespace}. Everything else merged by itself.
            </>
          }
        />
      );
    }
    case 'refused': {
      const { problem } = outlook;
      const refused = (problem.items ?? []).filter(item => item.problem);
      return (
        <>
          <Failure error={new Refusal(problem)} />
          {problem.reason === 'BaseVersionRequired' && (
            <p>Promote that config from its own page first: the dialog there asks for the version.</p>
          )}
          {refused.length > 0 && (
            <ul className="changes">
              {refused.map(({ path, problem: why }) => (
                <li key={path}>
                  <Link to={{ page: 'config', namespace: what.namespace, path }}>{path}</Link>:{' '}
                  <Said text={why!.detail} />
                </li>
              ))}
            </ul>
          )}
        </>
      );
    }
  }
}
