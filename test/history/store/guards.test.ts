/** The promises hold whatever code runs: the tables themselves refuse to break them, to their owner too. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatNames } from '../../../text/format.ts';
import { edit, type Fixture, migrated, never, source } from './fixtures.ts';

let db: Fixture;
let id = '';
let count = 0;
beforeAll(async () => {
  db = await migrated();
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(async () => {
  count += 1;
  const config = { namespace: 'payments', path: `limits/${count}.yaml` };
  const uid = `uid-${count}`;
  for (const n of [1, 2, 3]) {
    const saved = await db.store.save(
      edit({ config, text: `v${n}`, head: BigInt(n - 1), uid, generation: n, source: source() }),
      never,
    );
    if (saved.kind === 'saved') id = saved.configId;
  }
});

const restricted = { code: '23001' };
const brokenKey = { code: '23503' };

/** A version as a careless program would write it. */
const insert = (version: number, extra = '') =>
  `INSERT INTO config_versions (config_id, version, body_raw, body_json, documents, content_sha256, created_by,
    actor, actor_verified, comment, kind ${extra && ', object_uid, object_generation'})
   VALUES (${id}, ${version}, 'x', '"x"', 1, sha256('x'), '', '', false, '', 'direct' ${extra})`;

describe('versions', () => {
  it('never change', async () => {
    for (const set of ["comment = 'x'", 'version = 9', "body_raw = 'x', content_sha256 = sha256('x')"]) {
      await expect(db.sql(`UPDATE config_versions SET ${set} WHERE config_id = ${id}`)).rejects.toMatchObject(
        restricted,
      );
    }
  });

  it('are not deleted while they are the head, nor truncated', async () => {
    const head = `DELETE FROM config_versions WHERE config_id = ${id} AND version = 3`;
    await expect(db.sql(head)).rejects.toMatchObject(restricted);
    await expect(db.sql(`DELETE FROM config_versions WHERE config_id = ${id}`)).rejects.toMatchObject(
      restricted,
    );
    await expect(db.sql('TRUNCATE config_versions CASCADE')).rejects.toMatchObject(restricted);
    await expect(db.sql('TRUNCATE configs CASCADE')).rejects.toMatchObject(restricted);
  });

  it('have the next number and no other', async () => {
    for (const number of [5, 2, 3]) await expect(db.sql(insert(number))).rejects.toBeDefined();
    await expect(db.sql(insert(0))).rejects.toMatchObject({ code: '23514' });
  });

  it('become the head by being inserted', async () => {
    await db.sql(insert(4));
    const [row] = await db.sql(
      `SELECT last_version, version FROM configs c JOIN config_versions v ON v.id = latest_version_id WHERE c.id = ${id}`,
    );
    expect(row).toEqual({ last_version: '4', version: '4' });
  });

  it('are one for each generation of an object and the text it proposed', async () => {
    await db.sql(insert(4, `, 'uid-${count}', 2`));
    await expect(db.sql(insert(5, `, 'uid-${count}', 2`))).rejects.toMatchObject({
      code: '23505',
      constraint: 'config_versions_object',
    });
  });

  it('do not give a number back after a delete', async () => {
    const clear = [
      `UPDATE configs SET latest_version_id = NULL WHERE id = ${id}`,
      `DELETE FROM config_versions WHERE config_id = ${id}`,
    ];
    await expect(db.transaction(...clear, insert(1))).rejects.toMatchObject(restricted);
    await db.transaction(
      ...clear,
      ...[4, 5].map(n => insert(n)),
      `DELETE FROM config_versions WHERE config_id = ${id} AND version = 4`,
    );
  });
});

describe('configs', () => {
  it('have each format that this build knows, and no other', async () => {
    for (const format of formatNames) {
      const config = { namespace: 'formats', path: `of/${format}` };
      await expect(db.store.save(edit({ config, text: format, format }), never)).resolves.toMatchObject({
        kind: 'saved',
      });
    }
    await expect(
      db.sql("INSERT INTO configs (namespace, path, format) VALUES ('formats', 'other', 'docx')"),
    ).rejects.toMatchObject({ code: '23514' });
  });

  it('keep name, counter and format', async () => {
    for (const set of [
      "path = 'other'",
      "namespace = 'other'",
      'last_version = 1',
      'last_version = 9',
      "format = 'json'",
    ]) {
      await expect(db.sql(`UPDATE configs SET ${set} WHERE id = ${id}`)).rejects.toMatchObject(restricted);
    }
    await expect(db.sql(`DELETE FROM configs WHERE id = ${id}`)).rejects.toMatchObject(restricted);
  });

  it('cannot point back, nor to a version of another config', async () => {
    const older = `(SELECT id FROM config_versions WHERE config_id = ${id} AND version = 2)`;
    const foreign = `(SELECT min(id) FROM config_versions WHERE config_id <> ${id} AND version = 3)`;
    await expect(
      db.sql(`UPDATE configs SET latest_version_id = ${older} WHERE id = ${id}`),
    ).rejects.toMatchObject(brokenKey);
    if (count > 1) {
      const update = db.sql(
        `UPDATE configs SET latest_version_id = coalesce(${foreign}, 0) WHERE id = ${id}`,
      );
      await expect(update).rejects.toMatchObject(brokenKey);
    }
  });

  it('have a head as long as they have versions', async () => {
    await expect(
      db.sql(`UPDATE configs SET latest_version_id = NULL WHERE id = ${id}`),
    ).rejects.toMatchObject(restricted);
  });

  it('begin without versions', async () => {
    const invented =
      "INSERT INTO configs (namespace, path, format, last_version) VALUES ('payments', 'new', 'json', 7)";
    await expect(db.sql(invented)).rejects.toMatchObject(restricted);
  });
});

describe('namespaces, lines and log', () => {
  it('deletes a namespace only when no config in it has a version', async () => {
    await expect(db.sql("DELETE FROM namespaces WHERE name = 'payments'")).rejects.toMatchObject({
      ...brokenKey,
      constraint: 'configs_namespace_exists',
    });
    const config = { namespace: 'shortlived', path: 'a' };
    await db.store.save(edit({ config, text: 'a', uid: 'short' }), never);
    await db.transaction(
      "UPDATE configs SET latest_version_id = NULL WHERE namespace = 'shortlived'",
      "DELETE FROM config_versions WHERE config_id = (SELECT id FROM configs WHERE namespace = 'shortlived')",
    );
    await db.sql("DELETE FROM namespaces WHERE name = 'shortlived'");
    const again = await db.store.save(edit({ config, text: 'b', uid: 'short', generation: 2 }), never);
    expect(again).toMatchObject({ kind: 'saved', version: 2n });
  });

  it('never moves a line back to an older generation', async () => {
    await expect(db.sql(`UPDATE sources SET generation = 2 WHERE config_id = ${id}`)).rejects.toMatchObject(
      restricted,
    );
  });

  it('only appends to the deployment log', async () => {
    await expect(db.sql("UPDATE deployments SET deployer = 'x'")).rejects.toMatchObject(restricted);
    await expect(db.sql("UPDATE deployment_changes SET path = 'x'")).rejects.toMatchObject(restricted);
  });
});
