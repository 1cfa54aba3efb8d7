import pino from 'pino';
import { expect, it } from 'vitest';
import { createPool } from '../../../../src/records/server/create-pool.ts';
import { describeWithPart } from '../../../support/parts.ts';
import { startPostgres } from '../../../support/servers/postgres.ts';

describeWithPart('postgres', 'a connection that is lent', () => {
  it('tells of its loss by the next statement, and never by an error that ends the process', async () => {
    const server = await startPostgres();
    const pool = createPool({ connection: { url: server.url }, logger: pino({ level: 'silent' }) });
    try {
      const client = await pool.connect();
      expect(client.listenerCount('error')).toBeGreaterThan(0);
      client.emit('error', new Error('read ECONNRESET'));
      client.release(true);
      expect((await pool.query('SELECT 1')).rowCount).toBe(1);
    } finally {
      await pool.end();
      await server.stop();
    }
  });
});
