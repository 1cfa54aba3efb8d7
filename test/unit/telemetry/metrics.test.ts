import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

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

  it('can be created twice in one process', () => {
    createMetrics({ version: 'a' });
    expect(() => createMetrics({ version: 'b' })).not.toThrow();
  });
});
