import { expect, it } from 'vitest';
import { readOptions } from '../chaos/options.ts';
import { runChaos } from '../chaos/run-chaos.ts';
import { tellBroken } from '../chaos/tell-broken.ts';
import { describeWithPart } from '../support/parts.ts';

describeWithPart(
  'olareg',
  'a workload under faults',
  () => {
    const run = (more: Record<string, string>) => runChaos(readOptions({ QUICK: '1', ...more }), () => undefined);

    it('I1 to I7: nothing is lost, nothing wrongly touched and nothing left behind, whatever is killed, cut off or wrong', async () => {
      const seed = String(Date.now() % 1_000_000);
      const result = await run({ SEED: seed });
      expect(tellBroken(result), `make chaos QUICK=1 SEED=${seed}`).toEqual([]);
      expect(result.events).toBeGreaterThanOrEqual(400);
      expect(result.damage.counts.size).toBeGreaterThanOrEqual(2);
    }, 300_000);

    it('finds the fault of a daemon that takes no answer for "there is nothing"', async () => {
      const result = await run({
        SEED: '2',
        BUG: 'act-on-indeterminate',
        EVENTS: '250',
        SECONDS_OF_FAULTS: '20',
        FAULTS: 'registry 503, always',
      });
      expect(new Set(result.violations.map(({ invariant }) => invariant))).toContain('I5');
    }, 300_000);
  },
  'native',
);
