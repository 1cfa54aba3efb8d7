import { pino } from 'pino';
import { createJudge } from '../../../src/compose/create-judge.ts';
import type { PolicySet } from '../../../src/domain/policy.ts';
import type { TrustSnapshot } from '../../../src/domain/trust-root.ts';
import { type Judgement, judgeImage } from '../../../src/pipeline/judge/judge-image.ts';
import type { JudgementTarget } from '../../../src/pipeline/judge/judgement-target.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import type { EvidenceJudge } from '../../../src/ports/evidence-judge.ts';
import { REPOSITORY } from '../memory-artifacts.ts';
import type { MemoryRegistry, StoredManifest } from '../memory-registry.ts';

/** The judge as the daemon composes it. */
export interface RealThreads extends EvidenceJudge {
  /** Why threads were lost so far. */
  readonly losses: readonly string[];
  stop(): Promise<void>;
}

/** Starts it; trust roots may change at any time. */
export function openRealThreads(trust: () => TrustSnapshot = () => ({ epoch: 1, roots: new Map() })): RealThreads {
  const losses: string[] = [];
  const judge = createJudge({
    concurrency: 16,
    evidenceBytes: 16 * 1024 * 1024,
    trust: { current: trust },
    logger: pino({ level: 'silent' }),
    metrics: { threadLost: (why) => losses.push(why) },
  });
  return { losses, judge: judge.judge, stop: judge.stop };
}

/** A policy in force: these lines of YAML are its requirements. `keys` holds the PEM of each key file they name. */
export function policiesWith(requirements: string, keys: Readonly<Record<string, string>> = {}): PolicySet {
  const text = `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme }
spec:
  images: ["registry.example.com/acme/**"]
  require:
    ${requirements}
`;
  const readKey = (path: string): string => keys[path] ?? '';
  return parsePolicyDocuments([{ file: 'policy.yaml', text }], readKey, { trustNames: ['world'], noMatch: 'alert' });
}

/** The whole look at an image: its evidence is collected and judged. */
export function lookAt(
  registry: MemoryRegistry,
  image: StoredManifest,
  target: Pick<JudgementTarget, 'judge' | 'policies' | 'heavyLooks'>,
): Promise<Judgement> {
  return judgeImage({
    registry: { host: registry.host, reader: registry.reader },
    repository: REPOSITORY,
    digest: image.digest,
    clock: () => new Date(),
    looksLikeImage: true,
    ...target,
  });
}
