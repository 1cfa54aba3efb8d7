import type { DialectName } from '../../domain/dialect-names.ts';

/** How large a delivery of a registry can be, and from which depth on a dialect reads nothing in it. */
export interface PayloadLimits {
  /** Of the body as it is sent. */
  readonly bodyBytes: number;
  /** Objects and lists nested deeper than this are not read. */
  readonly depth: number;
}

const MIB = 1024 * 1024;
// The largest manifest that registries take (zot and distribution both), so the largest that anybody can push.
const MANIFEST_BYTES = 4 * MIB;
// Go writes `<`, `>`, `&`, control characters and broken UTF-8 in JSON as six bytes each.
const ESCAPED = 6;
// Names, host, actor, identifiers.
const ENVELOPE_BYTES = 256 * 1024;

// GitHub sends no more than 25 MB: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
const GITHUB_BYTES = 25 * MIB;

/** Events of names alone: those of real registries stay far below. */
const NAMES_ONLY = MIB;

// Whoever pushes chooses the manifest: where it is part of the event, a limit below this would let him choose not to be
// heard. What is larger was not sent by the registry.
const LIMITS: Readonly<Record<DialectName, PayloadLimits>> = {
  // `target` lists what the manifest refers to, annotations included, indented: 83 bytes of a reference become 200, a
  // short annotation of 8 bytes 41, and long ones at worst six times their length.
  distribution: { bodyBytes: MANIFEST_BYTES * ESCAPED + ENVELOPE_BYTES, depth: 4 },
  // The manifest as one string.
  zot: { bodyBytes: MANIFEST_BYTES * ESCAPED + ENVELOPE_BYTES, depth: 4 },
  harbor: { bodyBytes: NAMES_ONLY, depth: 8 },
  // EventBridge takes 256 KiB; SQS and SNS not much more than a mebibyte with what is around it.
  ecr: { bodyBytes: NAMES_ONLY, depth: 8 },
  // A message says one change; Pub/Sub takes ten megabytes.
  gar: { bodyBytes: NAMES_ONLY, depth: 4 },
  acr: { bodyBytes: NAMES_ONLY, depth: 4 },
  // A batch comes to a mebibyte at most.
  eventgrid: { bodyBytes: NAMES_ONLY, depth: 4 },
  artifactory: { bodyBytes: NAMES_ONLY, depth: 4 },
  chainguard: { bodyBytes: NAMES_ONLY, depth: 4 },
  quay: { bodyBytes: NAMES_ONLY, depth: 4 },
  // The texts about a repository are in it, which Docker Hub bounds far below.
  dockerhub: { bodyBytes: NAMES_ONLY, depth: 4 },
  // The labels of the image are in it, and its layers.
  github: { bodyBytes: GITHUB_BYTES, depth: 5 },
  gitea: { bodyBytes: NAMES_ONLY, depth: 4 },
  nexus: { bodyBytes: NAMES_ONLY, depth: 4 },
  lazaret: { bodyBytes: NAMES_ONLY, depth: 8 },
  generic: { bodyBytes: NAMES_ONLY, depth: 8 },
};

/** The limits of deliveries in this dialect. */
export function payloadLimits(dialect: DialectName): PayloadLimits {
  return LIMITS[dialect];
}
