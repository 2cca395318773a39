/** The flags of V8 a pod of the chart runs with, for a process that no container limits. Pure. */
import { parse } from 'yaml';

/**
 * @param dockerfile whose ENV says NODE_OPTIONS
 * @param values the chart's values.yaml: the memory limit, the heap's percentage of it, flags instead of the image's
 * @returns the flags, with each percentage of the container's memory as the megabytes it comes to
 */
export function heapFlags(dockerfile: string, values: string): string {
  const { resources, heapPercent, nodeOptions } = parse(values) ?? {};
  const text: string = nodeOptions || (/NODE_OPTIONS="([^"]*)"/.exec(dockerfile)?.[1] ?? '');
  const flags = text.split(/\s+/).filter(Boolean);
  const limitMiB = mebibytes(String(resources?.limits?.memory ?? ''));
  const share = '--max-old-space-size-percentage=';
  const percent = Number(heapPercent ?? flags.find(flag => flag.startsWith(share))?.slice(share.length));
  const kept = flags.filter(flag => !flag.startsWith(share));
  if (limitMiB === null || Number.isNaN(percent)) return kept.join(' ');
  return [...kept, `--max-old-space-size=${Math.floor((limitMiB * percent) / 100)}`].join(' ');
}

function mebibytes(quantity: string): number | null {
  const match = /^(\d+)(Mi|Gi)$/.exec(quantity);
  return match && Number(match[1]) * (match[2] === 'Gi' ? 1024 : 1);
}
