import type { ImagePolicy, PolicyPart, PolicySet } from '../domain/policy.ts';
import type { TrustSnapshot } from '../domain/trust-root.ts';
import type { EvidenceQuestion } from '../ports/evidence-judge.ts';
import type { StoredQuestion } from '../ports/record-judge.ts';
import type { JudgingRequest, StoredRequest } from './judging-messages.ts';
import type { TransferableMessage } from './thread.ts';

/** A question with the trust roots it is to be judged by. */
export interface JudgingTask {
  readonly question: EvidenceQuestion;
  readonly trust: TrustSnapshot;
}

/** A question about what is on record. */
export interface StoredTask {
  readonly stored: StoredQuestion;
}

/** Which policies and trust roots a thread has been given. */
export interface ThreadMemory {
  policies?: string;
  trust?: string;
}

/** Writes the message that asks a thread, and notes what the thread knows once it has read it. */
export function writeRequest(task: JudgingTask | StoredTask, memory: ThreadMemory): TransferableMessage {
  return 'stored' in task ? writeStored(task, memory) : writeQuestion(task, memory);
}

function writeStored(
  { stored: { inForce, policies: _, ...stored } }: StoredTask,
  memory: ThreadMemory,
): TransferableMessage {
  const message: StoredRequest = { stored, ...(memory.policies !== inForce.revision && { inForce }) };
  memory.policies = inForce.revision;
  return { message, transfer: [] };
}

function writeQuestion({ question, trust }: JudgingTask, memory: ThreadMemory): TransferableMessage {
  const { evidence, policies, inForce, image, now } = question;
  const transfer: ArrayBuffer[] = [];
  // Large bytes lie in memory that threads share. Small ones are copied and the copy is moved, because our own bytes
  // are needed for a second try and may share a buffer with others.
  function copy(bytes: Uint8Array): Uint8Array {
    if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
    const moving = new Uint8Array(bytes);
    transfer.push(moving.buffer);
    return moving;
  }
  const { revision } = inForce;
  // The same epoch has the same documents, but some may be stale, or too old to be used, at one time and not at another.
  const roots = JSON.stringify([trust.epoch, ...[...trust.roots].map(([name, { stale }]) => [name, stale])]);
  const parts = policies
    .filter((policy) => !wholeOf(inForce).has(policy))
    .map((policy) => [policy.name, partOf(policy)] as const);
  const message: JudgingRequest = {
    evidence: {
      ...evidence,
      items: evidence.items.map((item) => ('bytes' in item ? { ...item, bytes: copy(item.bytes) } : item)),
    },
    manifest: copy(question.manifest),
    image,
    now,
    asked: policies.map(({ name }) => name),
    ...(parts.length > 0 && { parts: Object.fromEntries(parts) }),
    ...(memory.policies !== revision && { inForce }),
    ...(memory.trust !== roots && { trust }),
  };
  memory.policies = revision;
  memory.trust = roots;
  return { message, transfer };
}

// A memo, not state: policies in force are the same for many thousands of images.
const whole = new WeakMap<PolicySet, ReadonlySet<ImagePolicy>>();

function wholeOf(inForce: PolicySet): ReadonlySet<ImagePolicy> {
  const known = whole.get(inForce) ?? new Set(inForce.policies);
  whole.set(inForce, known);
  return known;
}

function partOf({ alternatives, anyOf, require }: ImagePolicy): PolicyPart {
  const hasChoices = alternatives !== undefined || anyOf !== undefined;
  return { requirements: require.map(({ name }) => name), alternatives: hasChoices };
}
