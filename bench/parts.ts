/** A control plane and a PostgreSQL of the benchmarks' own, so that no figure depends on what ran before. */
import { type ControlPlane, startControlPlane } from '../local/control-plane.ts';
import { crdFolder } from '../local/crds.ts';
import { type Postgres, startPostgres } from '../local/postgres.ts';

export interface Parts extends AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly postgres: Postgres;
}

export async function startParts(): Promise<Parts> {
  const postgres = await startPostgres({ url: null });
  const controlPlane = await startControlPlane({ crds: crdFolder });
  return {
    controlPlane,
    postgres,
    async [Symbol.asyncDispose]() {
      await controlPlane.stop();
      await postgres.dispose();
    },
  };
}
