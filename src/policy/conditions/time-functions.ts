import type { CelFunc, CelValue } from '@bufbuild/cel';
import type { Cel } from './cel.ts';
import { parseTime } from './parse-time.ts';
import { createWallClock } from './wall-clock.ts';

/**
 * Times and durations as cel-go has them. The library takes `timestamp(<number>)` for milliseconds where CEL says
 * seconds, accepts days that do not exist, counts `int(<duration>)` in seconds where cel-go counts nanoseconds, and
 * reads the parts of a time by the time zone of the machine.
 */
export function timeFunctions(cel: Cel): readonly CelFunc[] {
  const { celFunc, celMethod, objectType, CelScalar } = cel;
  const { INT, DOUBLE, STRING } = CelScalar;
  const [TIMESTAMP, DURATION] = [objectType('google.protobuf.Timestamp'), objectType('google.protobuf.Duration')];
  const read = {
    timestamp: cel.plan(cel.celEnv(), cel.parse('timestamp(text)')),
    duration: cel.plan(cel.celEnv(), cel.parse('duration(text)')),
  };
  const ofText = (name: keyof typeof read, text: string, expected: string): CelValue<typeof TIMESTAMP> => {
    const made = read[name]({ text });
    if (cel.isCelError(made)) throw new Error(expected, { cause: made });
    return made as CelValue<typeof TIMESTAMP>;
  };
  const toTime = (seconds: bigint, nanos: number) => ofText('timestamp', timeText(seconds, nanos), TIME);
  const wallClock = createWallClock();
  const getters = Object.entries(GETTERS).flatMap(([name, part]) => [
    celMethod(name, TIMESTAMP, [], INT, function () {
      return BigInt(part(wallClock(partsOf(this), '')));
    }),
    celMethod(name, TIMESTAMP, [STRING], INT, function (zone) {
      return BigInt(part(wallClock(partsOf(this), zone)));
    }),
  ]);
  return [
    ...getters,
    celFunc('timestamp', [STRING], TIMESTAMP, (text) => {
      const time = parseTime(text);
      if (time === undefined) throw new Error(TIME);
      return toTime(time.seconds, time.nanos);
    }),
    celFunc('timestamp', [INT], TIMESTAMP, (seconds) => toTime(seconds, 0)),
    celFunc('timestamp', [DOUBLE], TIMESTAMP, (seconds) => {
      const whole = Math.floor(seconds);
      if (!Number.isSafeInteger(whole)) throw new Error(OUT_OF_RANGE);
      return toTime(BigInt(whole), Math.floor((seconds - whole) * 1e9));
    }),
    celFunc('duration', [STRING], DURATION, (text) => {
      if (text === '') throw new Error(DURATION_TEXT);
      return ofText('duration', text, DURATION_TEXT);
    }),
    celFunc('string', [TIMESTAMP], STRING, (time) => {
      const { seconds, nanos } = partsOf(time);
      return shortest(timeText(seconds, nanos));
    }),
    celFunc('string', [DURATION], STRING, (duration) => {
      const nanos = nanosOf(duration);
      const size = nanos < 0n ? -nanos : nanos;
      const fraction = String(size % SECOND).padStart(9, '0');
      return shortest(`${nanos < 0n ? '-' : ''}${size / SECOND}.${fraction}s`);
    }),
    // cel-go has no such conversion, and whoever writes it might mean seconds or nanoseconds.
    ...[INT, DOUBLE].map((number) =>
      celFunc('duration', [number], DURATION, () => {
        throw new Error('a duration is written as text with its unit: duration("60s")');
      }),
    ),
    celFunc('int', [DURATION], INT, (duration) => nanosOf(duration)),
    celMethod('getMilliseconds', DURATION, [], INT, function () {
      return nanosOf(this) / 1_000_000n;
    }),
  ];
}

const TIME = 'expected a time such as "2026-11-20T12:00:00Z"';
// CEL knows no days, which all our other durations do.
const DURATION_TEXT = 'expected hours, minutes or seconds, such as "168h" for a week';

const GETTERS: Readonly<Record<string, (wall: Date) => number>> = {
  getFullYear: (wall) => wall.getUTCFullYear(),
  getMonth: (wall) => wall.getUTCMonth(),
  getDate: (wall) => wall.getUTCDate(),
  getDayOfMonth: (wall) => wall.getUTCDate() - 1,
  getDayOfWeek: (wall) => wall.getUTCDay(),
  getDayOfYear: (wall) => Math.floor((wall.getTime() - new Date(wall).setUTCMonth(0, 1)) / 86_400_000),
  getHours: (wall) => wall.getUTCHours(),
  getMinutes: (wall) => wall.getUTCMinutes(),
  getSeconds: (wall) => wall.getUTCSeconds(),
  getMilliseconds: (wall) => wall.getUTCMilliseconds(),
};

// Years 1 to 9999: https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp
const [FIRST, LAST] = [-62_135_596_800n, 253_402_300_799n];
const OUT_OF_RANGE =
  'the time is not in the years 1 to 9999 (a number is seconds since 1970; divide milliseconds by 1000)';

function timeText(seconds: bigint, nanos: number): string {
  if (seconds < FIRST || seconds > LAST) throw new Error(OUT_OF_RANGE);
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${whole}.${String(nanos).padStart(9, '0')}Z`;
}

// Both times and durations have these two fields in the library.
function partsOf(value: unknown): { readonly seconds: bigint; readonly nanos: number } {
  return (value as { readonly message: { readonly seconds: bigint; readonly nanos: number } }).message;
}

const SECOND = 1_000_000_000n;

/** Without the zeros that a fraction of a second ends with. */
function shortest(text: string): string {
  return text.replace(/\.?0*([sZ])$/, '$1');
}

function nanosOf(duration: unknown): bigint {
  const { seconds, nanos } = partsOf(duration);
  return seconds * SECOND + BigInt(nanos);
}
