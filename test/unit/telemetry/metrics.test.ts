import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

/** Lets the event loop go round. */
const turn = () => new Promise((done) => setTimeout(done, 1));

describe('metrics', () => {
  it('renders what was counted under names of their own', async () => {
    const metrics = createMetrics({ version: '1.2.3', processMetrics: false });
    metrics.delivery('hook', 'accepted');
    metrics.event('hook', 'judge');
    metrics.verdict({ outcome: 'fail-missing', code: 'SIGNATURE_MISSING' }, true);
    metrics.verification()();
    metrics.registryRequest('prod', 404);
    metrics.effect('quarantine', 'done');
    metrics.parked('hook');
    metrics.enqueueFailed();
    const idle = { waiting: 2, active: 0, delayed: 0, failed: 0 };
    metrics.queueDepth({ 'resolve-event': idle, 'judge-subject': idle, 'apply-quarantine': idle, 'send-notice': idle });
    metrics.lag(12);
    const text = await metrics.render();
    expect(text).toContain('lazaret_deliveries_total{source="hook",result="accepted"} 1');
    expect(text).toContain('lazaret_events_total{source="hook",result="judge"} 1');
    expect(text).toContain('lazaret_verdicts_total{outcome="fail-missing",code="SIGNATURE_MISSING",final="true"} 1');
    expect(text).toContain('lazaret_verification_seconds_count 1');
    expect(text).toContain('lazaret_registry_requests_total{registry="prod",status="404"} 1');
    expect(text).toContain('lazaret_effects_total{kind="quarantine",result="done"} 1');
    expect(text).toContain('lazaret_queue_jobs{kind="judge-subject",state="waiting"} 2');
    expect(text).toContain('lazaret_lag_seconds 12');
    expect(text).toContain('lazaret_build_info{version="1.2.3"} 1');
  });

  it('keeps labels in closed lists, whatever a registry answers', async () => {
    const metrics = createMetrics({ version: 'x', processMetrics: false });
    for (const status of [999, Number.NaN, -1, 'error' as const]) metrics.registryRequest('prod', status);
    metrics.effect('<script>', 'done');
    const text = await metrics.render();
    expect(text).toContain('lazaret_registry_requests_total{registry="prod",status="error"} 4');
    expect(text).toContain('kind="other"');
  });

  it('tells what the process takes, and how long a turn of its event loop held everything up', async () => {
    const metrics = createMetrics({ version: 'x' });
    const read = async (name: string): Promise<number> => {
      const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(await metrics.render());
      return Number(found?.[1]);
    };
    expect(await read('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(await read('process_open_fds')).toBeGreaterThan(2);
    expect(await read('process_start_time_seconds')).toBeLessThan(Date.now() / 1000);
    const before = await read('process_cpu_seconds_total');
    await turn();
    const end = performance.now() + 60;
    while (performance.now() < end);
    await turn();
    expect(await read('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.05);
    expect(await read('process_cpu_seconds_total')).toBeGreaterThan(before);
  });

  it('can be created twice in one process', () => {
    createMetrics({ version: 'a' });
    expect(() => createMetrics({ version: 'b' })).not.toThrow();
  });
});
