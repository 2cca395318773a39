/** Reads an operator's own metrics, as Prometheus would. */

/** Sum over all labels of a metric; 0 when it has not been counted yet. */
export async function metricOf(operator: { httpAddr: string }, name: string): Promise<number> {
  const response = await fetch(`http://${operator.httpAddr}/metrics`);
  const lines = (await response.text()).split('\n');
  return lines
    .filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
