import { parentPort } from 'node:worker_threads';
import type { PolicySet } from '../src/domain/policy.ts';
import type { TrustSnapshot } from '../src/domain/trust-root.ts';
import { askedPolicies } from '../src/pipeline/judge/asked-policies.ts';
import { judgeStored } from '../src/pipeline/judge/judge-stored.ts';
import { createMaterialStore } from '../src/pipeline/judge/material-store.ts';
import { verifyAndJudge } from '../src/pipeline/judge/verify-and-judge.ts';
import type { EvidenceJudgement } from '../src/ports/evidence-judge.ts';
import type { JudgingRequest, ThreadAnswer, ThreadRequest } from '../src/threads/judging-messages.ts';
import { answerTasks } from '../src/threads/task-message.ts';

// A worker thread of the daemon. Whatever is thrown here ends it; the pool sees that, and goes on without it.
const port = parentPort;
if (port === null) throw new TypeError('this module runs in a worker thread');

let inForce: PolicySet | undefined;
let trust: TrustSnapshot | undefined;
const store = createMaterialStore(() => given(trust));

function remember(request: ThreadRequest): void {
  inForce = request.inForce ?? inForce;
  if ('trust' in request) trust = request.trust ?? trust;
}

async function answer(request: ThreadRequest): Promise<ThreadAnswer> {
  if ('stored' in request) return { stored: judgeStored({ ...request.stored, inForce: given(inForce) }) };
  return judge(request);
}

async function judge({ asked, parts = {}, ...request }: JudgingRequest): Promise<EvidenceJudgement> {
  const known = given(inForce);
  const policies = askedPolicies(known, asked, parts);
  return verifyAndJudge({ ...request, inForce: known, policies }, await store.materialsFor(policies));
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('policies and trust roots come with the first request');
  return value;
}

answerTasks(port, { remember, answer });
