import { DEFAULT_TRUST } from '../../domain/built-in-trust.ts';
import type { TrustRoot, TrustThresholds } from '../../domain/trust-root.ts';
import { nearestWord } from '../../kit/nearest-word.ts';
import type { AuthorityReading } from './authority-reading.ts';
import type { Authority } from './authority-schema.ts';
import { type TrustedRootParts, writeTrustedRoot } from './trusted-root.ts';

/** Whom evidence is verified with: a configured trust root, or one put together from TrustRoots among the files. */
export interface ChosenTrust {
  readonly name: string;
  readonly root?: TrustRoot;
}

/**
 * The trust of a keyless authority. The certificate's authorities and their logs come from `keyless.trustRootRef`, the
 * transparency logs from `ctlog.trustRootRef`, the timestamp authorities from `rfc3161timestamp.trustRootRef`, which
 * then take the place of the log. Without any, it is the public-good instance.
 */
export function chooseKeylessTrust(authority: Authority, reading: AuthorityReading): ChosenTrust | undefined {
  const { keyless, ctlog, rfc3161timestamp } = authority;
  const refs = {
    authorities: keyless?.trustRootRef,
    log: ctlog?.trustRootRef,
    time: rfc3161timestamp?.trustRootRef,
  };
  const ignoresSct = keyless?.insecureIgnoreSCT === true;
  if (refs.authorities === undefined) return choosePublic(refs, ignoresSct, authority, reading);
  if (refs.log === undefined && refs.time === undefined) {
    reading.report({
      path: ['keyless', 'trustRootRef'],
      message: 'nothing would prove when something was signed: with a TrustRoot, its log or timestamps must be named',
      hint: 'Add `ctlog: { trustRootRef: … }` or `rfc3161timestamp: { trustRootRef: … }`.',
    });
    return undefined;
  }
  const time = refs.time ?? refs.log;
  const thresholds = { log: refs.time === undefined ? 1 : 0, sct: ignoresSct ? 0 : 1, time: 1 };
  return choose(
    { authorities: refs.authorities, log: refs.log, time },
    { usesLog: refs.time === undefined, thresholds },
    reading,
  );
}

/** The trust of a key: nobody's, unless a log or timestamps are asked for. */
export function chooseKeyTrust(authority: Authority, reading: AuthorityReading): ChosenTrust | undefined {
  const { ctlog, rfc3161timestamp } = authority;
  if (rfc3161timestamp !== undefined) {
    const time = rfc3161timestamp.trustRootRef;
    return choose({ time }, { usesLog: false, thresholds: { log: 0, sct: 0, time: 1 } }, reading);
  }
  if (ctlog?.trustRootRef !== undefined) {
    const log = ctlog.trustRootRef;
    return choose({ log, time: log }, { usesLog: true, thresholds: { log: 1, sct: 0, time: 1 } }, reading);
  }
  // `ctlog: {}` switches the log off, and policy-controller's default for keys is off as well.
  return ctlog?.url === undefined ? undefined : { name: DEFAULT_TRUST };
}

interface Refs {
  readonly authorities?: string | undefined;
  readonly log?: string | undefined;
  readonly time?: string | undefined;
}

function choosePublic(
  refs: Refs,
  ignoresSct: boolean,
  { ctlog }: Authority,
  { report }: AuthorityReading,
): ChosenTrust | undefined {
  const mixed = 'Name a TrustRoot with all of it as `keyless.trustRootRef` too.';
  if (refs.log !== undefined)
    report({
      path: ['ctlog', 'trustRootRef'],
      message: 'a log of its own with public certificates is not supported',
      hint: mixed,
    });
  if (refs.time !== undefined)
    report({
      path: ['rfc3161timestamp'],
      message: 'timestamps of its own with public certificates are not supported',
      hint: mixed,
    });
  if (ignoresSct)
    report({
      path: ['keyless', 'insecureIgnoreSCT'],
      message: 'the public-good instance always proves that it logged a certificate; that cannot be ignored',
      hint: 'Take `insecureIgnoreSCT` out, or name a TrustRoot.',
    });
  if (ctlog !== undefined && ctlog.url === undefined && refs.log === undefined)
    report({
      path: ['ctlog'],
      message: '`ctlog: {}` switches the transparency log off, and nothing else proves when a certificate signed',
      hint: 'Take it out, or name a TrustRoot with timestamp authorities.',
    });
  return { name: DEFAULT_TRUST };
}

interface Use {
  readonly usesLog: boolean;
  readonly thresholds: TrustThresholds;
}

function choose(refs: Refs, use: Use, reading: AuthorityReading): ChosenTrust | undefined {
  const names = [...new Set([refs.authorities, refs.log, refs.time].filter((name) => name !== undefined))];
  const { trustRoots, trustNames } = reading.context;
  const [only] = names;
  // A trust root of the configuration has thresholds of its own, so it is used as a whole.
  if (names.length === 1 && only !== undefined && !trustRoots.has(only) && trustNames.includes(only))
    return { name: only };
  const missing = names.filter((name) => !trustRoots.has(name));
  for (const name of missing) reportMissing(name, refs, reading);
  if (missing.length > 0) return undefined;
  if (reportEmpty(refs, use, reading)) return undefined;
  const part = (name: string | undefined): TrustedRootParts | undefined =>
    name === undefined ? undefined : trustRoots.get(name);
  const document = writeTrustedRoot({
    certificateAuthorities: part(refs.authorities)?.certificateAuthorities ?? [],
    ctlogs: part(refs.authorities)?.ctlogs ?? [],
    tlogs: use.usesLog ? (part(refs.log)?.tlogs ?? []) : [],
    timestampAuthorities: part(refs.time)?.timestampAuthorities ?? [],
  });
  const name = nameOf(refs, use);
  return { name, root: { name, document, thresholds: use.thresholds } };
}

/** Reports what a TrustRoot would have to hold for its use here, and does not. */
function reportEmpty(refs: Refs, { usesLog, thresholds }: Use, { report, context }: AuthorityReading): boolean {
  const wanted: readonly (readonly [string | undefined, keyof TrustedRootParts, string, boolean])[] = [
    [refs.authorities, 'certificateAuthorities', 'sigstoreKeys.certificateAuthorities', refs.authorities !== undefined],
    [refs.authorities, 'ctlogs', 'sigstoreKeys.ctLogs (or insecureIgnoreSCT: true)', thresholds.sct > 0],
    [refs.log, 'tlogs', 'sigstoreKeys.tLogs', usesLog],
    [refs.time, 'timestampAuthorities', 'sigstoreKeys.timestampAuthorities', !usesLog],
  ];
  const empty = wanted.filter(
    ([name = '', list, , isUsed]) => isUsed && context.trustRoots.get(name)?.[list].length === 0,
  );
  for (const [name = '', , words] of empty) {
    report({
      path: pathOf(name, refs),
      message: `the TrustRoot "${name}" holds no ${words}, and this authority needs it`,
    });
  }
  return empty.length > 0;
}

// Names of configured roots hold no space and no slash, so these cannot be taken for one.
function nameOf(refs: Refs, { usesLog, thresholds }: Use): string {
  const parts = [
    refs.authorities === undefined ? [] : [`certificates of ${refs.authorities}`],
    usesLog && refs.log !== undefined ? [`log of ${refs.log}`] : [],
    !usesLog && refs.time !== undefined ? [`timestamps of ${refs.time}`] : [],
    refs.authorities !== undefined && thresholds.sct === 0 ? ['no SCT'] : [],
  ];
  return `TrustRoot/${parts.flat().join(', ')}`;
}

function reportMissing(name: string, refs: Refs, { report, context }: AuthorityReading): void {
  const known = [...context.trustRoots.keys(), ...context.trustNames];
  const nearest = nearestWord(name, known);
  report({
    path: pathOf(name, refs),
    message: `no TrustRoot named "${name}" is among the policy files`,
    hint: `${nearest === undefined ? '' : `Did you mean "${nearest}"? `}Add its file to the policies, or configure it under \`trust:\`.`,
  });
}

// Where a TrustRoot is named; times are proved by the log unless timestamps are asked for.
function pathOf(name: string, refs: Refs): readonly PropertyKey[] {
  if (refs.authorities === name) return ['keyless', 'trustRootRef'];
  return [refs.log === name ? 'ctlog' : 'rfc3161timestamp', 'trustRootRef'];
}
