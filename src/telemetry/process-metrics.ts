import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * Adds metrics about the process itself, read when they are asked for, under the names Prometheus's clients share.
 * Those of prom-client would wake the process a hundred times a second to see how punctual it is.
 */
export function addProcessMetrics(registry: Registry): void {
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of all threads.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  gauge('process_start_time_seconds', 'When it started.', () => Date.now() / 1000 - process.uptime());
  gauge('process_resident_memory_bytes', 'Memory it holds.', () => process.memoryUsage.rss());
  gauge('process_open_fds', 'Open files and connections.', countOpenFiles);
  gauge('nodejs_heap_size_total_bytes', 'Heap of the main thread.', () => process.memoryUsage().heapTotal);
  gauge('nodejs_heap_size_used_bytes', 'Of that, in use.', () => process.memoryUsage().heapUsed);
  addLoopDelay(gauge);
}

/** How long a turn of the event loop held up everything else, since the metrics were last asked for. */
function addLoopDelay(gauge: (name: string, help: string, read: () => number) => Gauge): void {
  const delay = monitorEventLoopDelay({ samplePerIteration: true });
  delay.enable();
  const secondsAt = (percentile: number): number => (delay.count === 0 ? 0 : delay.percentile(percentile) / 1e9);
  gauge('nodejs_eventloop_lag_p50_seconds', 'Median turn of the event loop.', () => secondsAt(50));
  gauge('nodejs_eventloop_lag_p99_seconds', '99th percentile of them.', () => secondsAt(99));
  // Read last: they are rendered in this order.
  gauge('nodejs_eventloop_lag_max_seconds', 'The longest of them.', () => {
    const longest = secondsAt(100);
    delay.reset();
    return longest;
  });
}

function countOpenFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    // Not Linux.
    return Number.NaN;
  }
}
