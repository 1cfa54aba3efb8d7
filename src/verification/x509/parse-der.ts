import { ASN1Obj } from '@sigstore/core';
import { ASN1Tag } from '../library-internals.ts';
import { findTlv, type TlvSpan } from './parse-tlv.ts';

const OCTET_STRING = 0x04;
/** As deep as the library follows. */
const MAX_DEPTH = 100;

/**
 * A value that keeps its bytes, which the library encodes again for each comparison and check, and its text where it is an
 * object identifier: to find one extension the library decodes those of all, nine times a certificate.
 */
class ParsedValue extends ASN1Obj {
  readonly #source: Buffer;
  readonly #at: number;
  readonly #end: number;
  #oid: string | undefined;

  constructor(source: Buffer, at: number, { tag, start, end }: TlvSpan, subs: ASN1Obj[]) {
    super(new ASN1Tag(tag), source.subarray(start, end), subs);
    this.#source = source;
    this.#at = at;
    this.#end = end;
  }

  // A copy: the library overwrites a byte of the one it gets for a timestamp's signed attributes (RFC 5652 §5.4).
  override toDER(): ReturnType<ASN1Obj['toDER']> {
    return Buffer.from(this.#source.subarray(this.#at, this.#end));
  }

  override toOID(): string {
    this.#oid ??= super.toOID();
    return this.#oid;
  }
}

/**
 * Parses DER into the same tree as the library: it also looks into octet strings, which hold DER or anything else. The
 * library tries to parse each of them and catches the error. A certificate has a dozen, and throwing costs more than
 * parsing. Views of `der` are kept, so it must not change. A test compares both, on broken bytes too.
 * @throws {RangeError} if it is not one value in DER.
 */
export function parseDer(der: Buffer): ASN1Obj {
  const value = parseValue(der, 0, der.length, 0);
  if (value === undefined || value.end !== der.length) throw new RangeError('not DER');
  return value.parsed;
}

interface Value {
  readonly parsed: ASN1Obj;
  /** Offset after it. */
  readonly end: number;
}

function parseValue(der: Buffer, at: number, limit: number, depth: number): Value | undefined {
  const span = findTlv(der, at);
  if (span === undefined || span.tag === 0 || span.tag === 0x20 || span.end > limit || depth > MAX_DEPTH)
    return undefined;
  const { tag, start, end } = span;
  const isConstructed = (tag & 0x20) !== 0;
  const subs = isConstructed || tag === OCTET_STRING ? parseValues(der, start, end, depth + 1) : [];
  if (subs === undefined && isConstructed) return undefined;
  return { parsed: new ParsedValue(der, at, span, subs ?? []), end };
}

function parseValues(der: Buffer, start: number, end: number, depth: number): ASN1Obj[] | undefined {
  const values: ASN1Obj[] = [];
  for (let at = start; at < end; ) {
    const value = parseValue(der, at, end, depth);
    if (value === undefined) return undefined;
    values.push(value.parsed);
    at = value.end;
  }
  return values;
}
