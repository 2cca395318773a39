/**
 * Preloaded into a measured operator: what a pod finds in the folder of its service account, it finds in
 * BENCH_SERVICE_ACCOUNT. So it reaches the API server the way it does in a cluster, with a token and without loading
 * client-node, on machines where nobody may write to /var/run.
 */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const mount = '/var/run/secrets/kubernetes.io/serviceaccount';
const readFile = fs.readFile;

fs.readFile = (path, ...rest) => {
  const inMount = typeof path === 'string' && path.startsWith(`${mount}/`);
  return readFile(inMount ? process.env.BENCH_SERVICE_ACCOUNT + path.slice(mount.length) : path, ...rest);
};
syncBuiltinESMExports();
