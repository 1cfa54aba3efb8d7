/** Just enough of a DER encoder (X.690) to mint certificates and timestamp tokens for tests. */

export function tlv(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), length(value.length), value]);
}

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const hex = size.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x31, ...parts);
}

/** A context-specific constructed tag, `[n]`. */
export function context(number: number, ...parts: readonly Uint8Array[]): Buffer {
  return tlv(0xa0 | number, ...parts);
}

export function integer(value: Uint8Array | number): Buffer {
  const bytes = typeof value === 'number' ? Buffer.from([value]) : Buffer.from(value);
  const sign = bytes.at(0) ?? 0;
  return sign & 0x80 ? tlv(0x02, Buffer.from([0]), bytes) : tlv(0x02, bytes);
}

export function octets(...content: readonly Uint8Array[]): Buffer {
  return tlv(0x04, ...content);
}

export function bits(content: Uint8Array, unused = 0): Buffer {
  return tlv(0x03, Buffer.from([unused]), content);
}

export function utf8(text: string): Buffer {
  return tlv(0x0c, Buffer.from(text));
}

export function boolean(value: boolean): Buffer {
  return tlv(0x01, Buffer.from([value ? 0xff : 0x00]));
}

export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const bytes = [arc & 0x7f];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

/** GeneralizedTime; `fraction` such as `.5` is written as it is. */
export function generalizedTime(at: Date, fraction = ''): Buffer {
  const digits = at
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/[^0-9]/g, '');
  return tlv(0x18, Buffer.from(`${digits}${fraction}Z`));
}

/** A time as certificates hold it (RFC 5280 §4.1.2.5): UTCTime until 2049. */
export function certificateTime(at: Date): Buffer {
  if (at.getUTCFullYear() >= 2050) return generalizedTime(at);
  const [date = '', time = ''] = at.toISOString().slice(2, 19).split('T');
  return tlv(0x17, Buffer.from(`${date.replaceAll('-', '')}${time.replaceAll(':', '')}Z`));
}

export function commonName(organization: string, name: string): Buffer {
  const attribute = (type: string, value: string) => set(sequence(oid(type), utf8(value)));
  return sequence(attribute('2.5.4.10', organization), attribute('2.5.4.3', name));
}
