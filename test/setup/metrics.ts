/** Reads an operator's own metrics, as Prometheus would. */

/**
 * Sum over all labels of a metric; 0 when it has not been counted yet.
 * @param metric its name, or the name and all labels of one series, as they are exposed
 */
export async function metricOf(operator: { httpAddr: string }, metric: string): Promise<number> {
  const response = await fetch(`http://${operator.httpAddr}/metrics`);
  const lines = (await response.text()).split('\n');
  return lines
    .filter(line => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Its calls of the API server, but for those that keep a Lease, which alone are PUTs. */
export async function apiCallsOf(operator: { httpAddr: string }): Promise<number> {
  const all = await metricOf(operator, 'rest_client_requests_total');
  return all - (await metricOf(operator, 'rest_client_requests_total{code="200",method="PUT"}'));
}
