/** The date and time that clocks of a zone show, as the UTC parts of a date. @throws {Error} for an unknown zone */
export type WallClock = (time: { readonly seconds: bigint; readonly nanos: number }, zone: string) => Date;

/**
 * Zones as CEL has them: `Europe/Berlin`, `+02:00`, or nothing for UTC. The zone of the machine plays no part: the same
 * evidence has the same verdict everywhere.
 */
export function createWallClock(): WallClock {
  // Making a format takes 30 µs, and a condition uses one zone again and again.
  const formats = new Map<string, Intl.DateTimeFormat>();
  return ({ seconds, nanos }, zone) => {
    const utc = new Date(Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000));
    if (zone === '' || zone === 'UTC') return utc;
    const offset = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
    if (offset !== null) {
      const minutes = Number(offset[2]) * 60 + Number(offset[3]);
      return new Date(utc.getTime() + (offset[1] === '-' ? -minutes : minutes) * 60_000);
    }
    let format = formats.get(zone);
    if (format === undefined) {
      if (formats.size >= 100) formats.clear();
      format = createFormat(zone);
      formats.set(zone, format);
    }
    const parts = Object.fromEntries(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    const wall = new Date(0);
    wall.setUTCFullYear(year, month - 1, day);
    wall.setUTCHours(hour, minute, second, utc.getUTCMilliseconds());
    return wall;
  };
}

function createFormat(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit';
  const fields = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { ...fields, hourCycle: 'h23', timeZone });
  } catch (error) {
    throw new Error('there is no such time zone: expected one such as "Europe/Berlin" or "+02:00"', { cause: error });
  }
}
