import type { FastifyPluginAsync } from 'fastify';
import type { Role } from '../domain/role.ts';
import { SHARED_TASKS, type SharedTask } from '../domain/shared-task.ts';
import type { ShownConcern } from '../ports/concerns.ts';
import type { Leadership } from '../ports/leadership.ts';

/** Asks one part of the daemon; the answer is a sentence that says what is wrong, or nothing when it is ready. */
export type ReadinessCheck = () => string | undefined | Promise<string | undefined>;

/** The parts, by the name `/readyz` shows. */
export type Readiness = ReadonlyMap<string, ReadinessCheck>;

// A load balancer asks every few seconds: a part that does not answer for so long is not ready.
const CHECK_TIMEOUT_MS = 2000;

export interface HealthDeps {
  readonly readiness: Readiness;
  readonly concerns: () => readonly ShownConcern[];
  readonly roles: readonly Role[];
  readonly leadership?: Leadership | undefined;
}

/**
 * Serves `/healthz` (the process answers, and what it does) and `/readyz` (200, or 503 with the parts that are not ready;
 * what it does for all processes, and what keeps pushes from being heard).
 */
export function createHealthRoutes({ readiness, concerns, roles, leadership }: HealthDeps): FastifyPluginAsync {
  return async (app) => {
    app.get('/healthz', async () => ({ status: 'ok', roles }));
    const leads = (): readonly SharedTask[] => SHARED_TASKS.filter((task) => leadership?.term(task) !== undefined);
    app.get('/readyz', async (_request, reply) => {
      const parts = await Promise.all([...readiness].map(([name, check]) => checkPart(name, check)));
      const ready = parts.every((part) => part.ready);
      const raised = concerns();
      return reply
        .code(ready ? 200 : 503)
        .send({ ready, roles, leads: leads(), parts, ...(raised.length > 0 && { concerns: raised }) });
    });
  };
}

async function checkPart(name: string, check: ReadinessCheck) {
  const problem = await Promise.race([attempt(check), giveUp()]);
  return problem === undefined ? { name, ready: true } : { name, ready: false, problem };
}

async function attempt(check: ReadinessCheck): Promise<string | undefined> {
  try {
    return await check();
  } catch (error) {
    return error instanceof Error ? error.message : 'it failed';
  }
}

function giveUp(): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(`it did not answer within ${CHECK_TIMEOUT_MS / 1000} s`), CHECK_TIMEOUT_MS).unref();
  });
}
