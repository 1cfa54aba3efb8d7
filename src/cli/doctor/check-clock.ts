import type { Config } from '../../config/config.ts';
import { Egress } from '../../egress/egress.ts';
import { parseServerTime } from '../../kit/server-time.ts';
import { type Check, type CheckResult, fail, ok, warn } from './check.ts';

// As the trust roots have it: NTP keeps clocks within a second, and what is signed has minutes.
const CONNECT_TIMEOUT_MS = 10_000;
const TOLERANCE_MS = 5 * 60_000;

/** Whether our clock agrees with those of the registries (`Date` of an answer, RFC 9110 §6.6.1). */
export function checkClock(config: Pick<Config, 'registries' | 'proxy'>, clock: () => Date = () => new Date()): Check {
  return {
    name: 'clock',
    async run(signal) {
      const answers = await Promise.all(config.registries.map((entry) => readDate(entry, config.proxy, signal)));
      const times = answers.filter((time) => time !== undefined);
      return compare(times, clock());
    },
  };
}

function compare(times: readonly Date[], now: Date): CheckResult {
  const [first] = times;
  const here = `it is ${now.toISOString()} here`;
  if (first === undefined) return warn(`${here}, and no registry said what time it is there`, 'Check that NTP runs.');
  const offsets = times.map((time) => Math.abs(now.getTime() - time.getTime()));
  // One registry with a wrong clock must not make ours look wrong.
  if (Math.min(...offsets) <= TOLERANCE_MS) return ok(`${here}, as a registry has it`);
  return fail(
    `${here}, but ${first.toISOString()} for a registry`,
    'Set the clock right (NTP): with a wrong one nothing is decided and nothing is written.',
  );
}

/** `undefined` where the registry does not say; that it does not answer is told by its own check. */
async function readDate(
  { url, ca }: Config['registries'][number],
  proxy: Config['proxy'],
  signal: AbortSignal,
): Promise<Date | undefined> {
  const connect = { timeout: CONNECT_TIMEOUT_MS, ...(ca !== undefined && { tls: { ca } }) };
  const egress = new Egress({ proxy, agent: { pipelining: 0 }, connect });
  try {
    const { headers, body } = await egress.request({ origin: url.origin, path: '/v2/', method: 'HEAD', signal });
    await body.dump();
    return typeof headers['date'] === 'string' ? parseServerTime(headers['date']) : undefined;
  } catch {
    return undefined;
  } finally {
    await egress.destroy();
  }
}
