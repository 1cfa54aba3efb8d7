import { expect, it } from 'vitest';
import { ROLES } from '../../src/domain/role.ts';
import { readOptions } from '../chaos/options.ts';
import { countKills, runChaos } from '../chaos/run-chaos.ts';
import { tellBroken } from '../chaos/tell-broken.ts';
import { describeWithPart } from '../support/parts.ts';

describeWithPart(
  ['olareg', 'postgres', 'redis'],
  'a workload through three processes of each role',
  () => {
    it('I1 to I7: nothing is lost, nothing wrongly touched and nothing left behind while some of each role are killed', async () => {
      const seed = String(Date.now() % 1_000_000);
      const asked = { QUICK: '1', RECORD: 'roles', KILLS: '8', EVENTS: '200', SECONDS_OF_FAULTS: '15', SEED: seed };
      const result = await runChaos(readOptions(asked), () => undefined);
      expect(tellBroken(result), `make chaos ${new URLSearchParams(asked).toString().replaceAll('&', ' ')}`).toEqual(
        [],
      );
      expect(result.events).toBeGreaterThanOrEqual(200);
      expect([...countKills(result.history).keys()].toSorted()).toEqual(ROLES.toSorted());
    }, 600_000);
  },
  'native',
);
