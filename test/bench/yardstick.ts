import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { quantile } from './statistics.ts';

/**
 * CPU of one P-384 signature check on this machine now, in ms: the unit verification is made of, to compare figures of
 * machines and hours with.
 */
export function p384CheckMs(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const data = Buffer.alloc(1024, 7);
  const signature = sign('sha384', data, privateKey);
  const samples = Array.from({ length: 9 }, () => {
    const before = process.cpuUsage();
    for (let time = 0; time < 100; time += 1) verify('sha384', data, publicKey, signature);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / 100;
  });
  return quantile(samples, 0.5);
}
