import type pg from 'pg';
import { expect, it } from 'vitest';
import { FaultError } from '../../../src/kit/errors.ts';
import { toDatabaseFault } from '../../../src/records/database-fault.ts';

const POOL = { options: { host: 'db.example', port: 5432 } } as pg.Pool;

function faultOf(code: string, message: string): FaultError {
  const fault = toDatabaseFault(Object.assign(new Error(message), { code }), POOL);
  if (!(fault instanceof FaultError)) throw new TypeError('expected a fault');
  return fault;
}

it('says what to raise where processes have taken all connections of a server', () => {
  const fault = faultOf('53300', 'sorry, too many clients already');
  expect([fault.code, fault.retryable]).toEqual(['DATABASE_UNAVAILABLE', true]);
  expect(fault.hint).toContain('max_connections');
});

it('does not send an operator with a wrong password to the network', () => {
  const fault = faultOf('28P01', 'password authentication failed');
  expect([fault.retryable, fault.hint]).toEqual([false, expect.stringContaining('password')]);
});
