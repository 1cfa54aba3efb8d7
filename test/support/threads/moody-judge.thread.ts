import { parentPort } from 'node:worker_threads';
import type { Evidence } from '../../../src/domain/evidence.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type { Outcome } from '../../../src/domain/verdict.ts';
import { storableJson } from '../../../src/kit/storable-json.ts';
import type { EvidenceJudgement } from '../../../src/ports/evidence-judge.ts';
import type { JudgingRequest } from '../../../src/threads/judging-messages.ts';
import { answerTasks } from '../../../src/threads/task-message.ts';

// Judges by what is written on the evidence: `good` passes, and some of it does harm to whoever reads it.
function read(text: string): void {
  if (text.startsWith('hang')) for (;;);
  if (text.startsWith('crash')) throw new Error('a bug in what reads evidence');
  if (text.startsWith('eat memory')) for (const eaten: string[][] = []; ; ) eaten.push(Array(1_000).fill(text));
  const busyMs = Number(/^busy (\d+)/.exec(text)?.[1] ?? 0);
  for (const end = performance.now() + busyMs; performance.now() < end; );
}

/** Its message is what was read, or why it was not. */
function find(item: Evidence): Finding {
  const { digest, place, repository } = item;
  const message = item.kind === 'refused' ? item.why : Buffer.from(item.bytes).toString();
  if (item.kind !== 'refused') read(message);
  const code = item.kind === 'refused' ? item.code : 'SIGNATURE_INVALID';
  const evidence = { digest, place, ...(repository !== undefined && { repository }) };
  return { evidence, claim: { kind: 'unknown' }, material: 'moods', code, message };
}

function judge({ evidence: { items, cutShort } }: JudgingRequest): EvidenceJudgement {
  const findings = items.map(find);
  const isGood = findings.some(({ message }) => message === 'good');
  const outcome: Outcome = isGood ? 'pass' : cutShort === undefined ? 'fail-evidence' : 'rejected-input';
  const rest = { policies: [], onFailure: 'alert', requirements: [], graceMs: 0 } as const;
  const code = isGood ? 'SATISFIED' : 'SIGNATURE_INVALID';
  return { findings: storableJson(findings), verdict: { outcome, code, reason: cutShort ?? '', ...rest } };
}

if (parentPort !== null) answerTasks(parentPort, { answer: judge });
