const FORM = /^(\d{4})-(\d\d)-(\d\d)T(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;
/** Days of a month that is not February. */
const LONG_MONTHS = [1, 3, 5, 7, 8, 10, 12];

/**
 * Reads a time as RFC 3339 has it and as cel-go does, `undefined` if it is none: a day that its month does not have,
 * the hour 24, the second 60. JavaScript turns the 30th of February into the 2nd of March. Seconds since 1970 and
 * nanoseconds.
 */
export function parseTime(text: string): { readonly seconds: bigint; readonly nanos: number } | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [offsetHours, offsetMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 24 || offsetMinutes > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const offset = (match[8] === '-' ? -1 : 1) * (offsetHours * 3_600 + offsetMinutes * 60);
  const seconds = date.getTime() / 1_000 + hour * 3_600 + minute * 60 + second - offset;
  return { seconds: BigInt(seconds), nanos: Number((match[7] ?? '').slice(0, 9).padEnd(9, '0')) };
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return LONG_MONTHS.includes(month) ? 31 : 30;
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
}
