import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { historyStatements } from '../../../history/store/history-statements.ts';
import { notificationStatements } from '../../../history/store/notification-statements.ts';
import { statements } from '../../../history/store/statements.ts';
import { type Fixture, migrated } from './fixtures.ts';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

const own = statements('pawl');
const history = historyStatements('pawl');
/** What is asked for each object, each request or ten times a second. */
const hot = {
  ...{
    look: own.look,
    lookForText: own.lookForText,
    texts: own.texts,
    between: own.between,
    lineText: own.lineText,
    judged: own.judged,
    others: own.others,
    history: own.history,
    projected: own.projected,
  },
  ...{ head: history.head, heads: history.heads, headAt: history.headAt },
  ...{ version: history.version, versions: history.versions },
  ...{
    bodies: history.bodies,
    changes: history.changes,
    configs: history.configs,
    revisions: history.revisions,
  },
  notifierAfter: notificationStatements('pawl').notifierAfter,
};

let fixture: Fixture;
beforeAll(async () => {
  fixture = await migrated();
  await fixture.sql(`
    DO $$ BEGIN FOR i IN 1..3000 LOOP
      PERFORM save_version('n' || i % 10, 'p' || i, 'yaml', 0, 'c', 'n', 'o' || i, 'u' || i, 1, sha256('x'), NULL, NULL,
        'x', '1', 1, sha256('x'), 'direct', 'a', 'a', true, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{}');
    END LOOP; END $$`);
  await fixture.sql(`
    INSERT INTO approvals (version_id, ordinal, kind, name)
      SELECT id, 1, 'approved', 'b' FROM config_versions WHERE id % 3 = 0`);
  await fixture.sql(`
    INSERT INTO rendering_events (
        system_id, transaction_id, cluster, namespace, path, object_namespace, target, version)
      SELECT system_identifier, pg_current_xact_id(), 'c' || i % 2, 'n', 'p' || i, 'n', 'ConfigMap/o' || i, 1
      FROM generate_series(1, 3000) AS i, pg_control_system()`);
  await fixture.sql(`
    INSERT INTO judgements (object_uid, name, object_generation, token)
      SELECT 'u' || i, 'b', 1, 't' FROM generate_series(1, 1000) AS i`);
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

/** The tables that the plan for any values reads from end to end. */
async function readWhole(statement: string): Promise<string[]> {
  const parameters = Math.max(0, ...[...statement.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  // EXPLAIN (GENERIC_PLAN) says the same in fewer words, and is missing in PostgreSQL 15.
  const results = await fixture.several(
    `SELECT set_config('plan_cache_mode', 'force_generic_plan', true)`,
    `PREPARE planned AS ${statement}`,
    `EXPLAIN (FORMAT JSON) EXECUTE planned${parameters > 0 ? `(${Array(parameters).fill('NULL')})` : ''}`,
    'DEALLOCATE planned',
  );
  const [{ Plan: plan }] = results.at(-2)![0]!['QUERY PLAN'] as [{ Plan: Plan }];
  const nodes = (node: Plan): Plan[] => [node, ...(node.Plans ?? []).flatMap(nodes)];
  return nodes(plan)
    .filter(node => node['Node Type'] === 'Seq Scan')
    .map(node => node['Relation Name']!)
    .filter(table => table !== 'feed'); // has one row
}

describe('a statement that is asked often finds its rows by an index', () => {
  test.each(Object.entries(hot))('%s, before PostgreSQL has looked at the tables', async (_, statement) => {
    expect(await readWhole(statement)).toEqual([]);
  });

  test.each(Object.entries(hot))('%s, when it has', async (_, statement) => {
    await fixture.sql('ANALYZE');
    expect(await readWhole(statement)).toEqual([]);
  });
});

/** What each is asked with: a request on a base, an object without one, and one with it. */
const asked: readonly (readonly [name: string, statement: string, values: string])[] = [
  ['look of a request', own.look, `'n1', 'p1', '', '', '', 1`],
  ['look of an object on a base', own.look, `'n1', 'p1', 'c', 'n', 'o1', 1`],
  ['look of an object accepted before', own.look, `'n1', 'p1', 'c', 'n', 'o1', NULL`],
  ['look for a text', own.lookForText, `'n1', 'p1', 'c', 'n', 'o1', NULL, sha256('y')`],
  ['head', history.head, `'n1', 'p1'`],
  ['version', history.version, `'n1', 'p1', 1`],
];

test.each(asked)(
  'PostgreSQL keeps its plan of a statement that is asked often: %s',
  async (_, statement, values) => {
    await fixture.sql('ANALYZE');
    const once = `EXECUTE kept(${values})`;
    const results = await fixture.several(
      `PREPARE kept AS ${statement}`,
      ...Array.from({ length: 10 }, () => once),
      `SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE name = 'kept'`,
      'DEALLOCATE kept',
    );
    // Five are made to compare with.
    expect(results.at(-2)).toEqual([{ custom_plans: '5', generic_plans: '5' }]);
  },
);
