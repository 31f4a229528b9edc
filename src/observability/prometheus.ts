import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { Metrics } from '../domain/metrics.js';
import { familiesOf } from './families.js';
import type { Family } from './family.js';

/** Each walks all sockets or files of the process, on the thread that serves them: together 37 ms where 20,000 are open, all others 1 ms. */
const TOO_DEAR = [
  'process_open_fds',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
];

/** How the library writes what is no number: a mean of nothing. */
const MISSPELT_NAN = / Nan$/gm;

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** What watches the process cannot be stopped again, so there is one, and none before somebody has asked. */
let ofProcess: Registry | undefined;

/** Metrics as Prometheus reads them. The only file that knows its client library. */
@Injectable()
export class Prometheus {
  constructor(private readonly metrics: Metrics) {
    ofProcess ??= watchProcess();
  }

  /** All there is, in the text format 0.0.4. */
  async text(): Promise<string> {
    const registry = new Registry();
    for (const family of familiesOf(this.metrics)) registry.registerMetric(asMetric(family));
    const texts = await Promise.all([registry.metrics(), ofProcess?.metrics()]);
    return texts.join('\n').replace(MISSPELT_NAN, ' NaN');
  }
}

/** Memory, garbage collection, processor time and the delay of the event loop. */
function watchProcess(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of TOO_DEAR) registry.removeSingleMetric(name);
  return registry;
}

/** A registry asks its metrics for nothing but their name and their samples; ours are counted already. */
function asMetric(family: Family): Metric {
  return { name: family.name, get: () => Promise.resolve(family) } as unknown as Metric;
}
