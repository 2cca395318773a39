/**
 * The command lines of a control plane's programs. Invariant: everything in them lies in the control plane's own
 * folder, but for one port, the API server's: an etcd on a port could be another control plane's that took it first,
 * and would answer all the same.
 */
import { join } from 'node:path';
import { hasMutatingPolicies } from './versions.ts';

const CONTROLLERS = [
  'garbage-collector-controller',
  'namespace-controller',
  'resourcequota-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'clusterrole-aggregation-controller',
  'certificatesigningrequest-signing-controller',
  'certificatesigningrequest-approving-controller',
  // Says in their status which expressions of admission policies do not fit a type.
  'validatingadmissionpolicy-status-controller',
];

/** Where etcd listens in that folder. */
export function etcdSocket(folder: string): string {
  return join(folder, 'etcd.sock');
}

export function etcdFlags(folder: string): string[] {
  const nowhere = 'http://127.0.0.1:1'; // it must name a host and a port; who is alone is never called
  return [
    '--name=pawl',
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=unix://${etcdSocket(folder)}`,
    `--advertise-client-urls=${nowhere}`,
    `--listen-peer-urls=unix://${join(folder, 'etcd-peer.sock')}`,
    `--initial-advertise-peer-urls=${nowhere}`,
    `--initial-cluster=pawl=${nowhere}`,
    '--log-level=warn',
  ];
}

/** @param more further flags, such as an audit policy */
export function apiServerFlags(folder: string, port: number, more: readonly string[] = []): string[] {
  const file = (name: string) => join(folder, name);
  return [
    `--etcd-servers=unix://${etcdSocket(folder)}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none', // a loopback address is no endpoint
    `--secure-port=${port}`,
    `--tls-cert-file=${file('api-server.crt')}`,
    `--tls-private-key-file=${file('api-server.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    '--authorization-mode=RBAC',
    `--service-account-key-file=${file('service-accounts.pub')}`,
    `--service-account-signing-key-file=${file('service-accounts.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    '--service-cluster-ip-range=10.0.0.0/24',
    `--requestheader-client-ca-file=${file('front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${file('front-proxy.crt')}`,
    `--proxy-client-key-file=${file('front-proxy.key')}`,
    // Generally available, and served, since 1.36; said here because the promise of actor rests on it.
    ...(hasMutatingPolicies() ? ['--feature-gates=MutatingAdmissionPolicy=true'] : []),
    '--runtime-config=admissionregistration.k8s.io/v1=true',
    '--profiling=false',
    '--shutdown-watch-termination-grace-period=1s', // by default open watches hold up a SIGTERM for a minute
    ...more,
  ];
}

export function controllerFlags(folder: string): string[] {
  const file = (name: string) => join(folder, name);
  const kubeconfig = file('controllers.kubeconfig');
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--secure-port=0',
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    `--controllers=${CONTROLLERS.join(',')}`,
    `--root-ca-file=${file('ca.crt')}`,
    `--cluster-signing-cert-file=${file('ca.crt')}`,
    `--cluster-signing-key-file=${file('ca.key')}`,
    `--service-account-private-key-file=${file('service-accounts.key')}`,
  ];
}
