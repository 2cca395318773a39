/** All versions of a namespace with their texts, for those who take their history elsewhere. */
import type { ExportedVersion } from '../../api/types.gen.ts';
import { askedNamespace, demandNamespace, type Handler, nextOf, onNamespace, pageOf } from '../call.ts';
import { versionOf } from '../present.ts';

export const exportVersions: Handler = {
  readsMuch: true,
  deeds: onNamespace('get'),
  async answer(call) {
    const namespace = askedNamespace(call);
    await demandNamespace(call, namespace);
    const page = await call.history.exported(namespace, pageOf(call), call.signal);
    // Read, and written as JSON.
    call.hold(2 * page.items.reduce((sum, { version }) => sum + version.bytes, 0));
    const { fields, headers } = nextOf(call, page.next);
    const items = page.items.map(({ config, format, version, text }): ExportedVersion => {
      return { path: config.path, format, version: versionOf(version, text) };
    });
    return { status: 200, headers, json: { items, ...fields } };
  },
};
