// `lazaret serve` for tests that kill it: what a process held when it was killed is taken up after seconds, not after a
// minute. Called like the command itself: `node serve-hastily.ts serve --config FILE [--roles ROLES]`.
import { parseRoles } from '../../src/cli/serve/parse-roles.ts';
import type { Timings } from '../../src/domain/timings.ts';
import { serve } from '../../src/serve.ts';

// Far above what any of it takes beside a server on the same machine, also while that has much else to do.
const HASTY: Timings = {
  deadlineMs: { 'resolve-event': 8_000, 'judge-subject': 8_000, 'apply-quarantine': 6_000, 'send-notice': 6_000 },
  lostAfterMs: 10_000,
  effectLeaseMs: 8_000,
  jobLockMs: 10_000,
  kafkaSessionMs: 10_000,
  sweepLeaseMs: 10_000,
};

const [, , configPath = '', , roles] = process.argv.slice(2);
const code = await serve({
  configPath,
  ...(roles !== undefined && { roles: parseRoles(roles) }),
  env: process.env,
  isTerminal: false,
  version: '0.0.0-hasty',
  timings: HASTY,
});
process.exit(code);
