import { FaultError } from '../../../src/kit/errors.ts';

/** What goes wrong at one call of a port. */
export type PortFault =
  /** The process is killed before the call is made, or after it was made and before anybody heard of it. */
  | 'killed before'
  | 'killed after'
  /** The other side refuses, and nothing was done; or it was done, and only the answer is lost. */
  | 'refused'
  | 'reply lost';

export const PORT_FAULTS: readonly PortFault[] = ['killed before', 'killed after', 'refused', 'reply lost'];

/** Stands before every call of every port of one process. */
export type PortGate = <T>(name: string, call: () => Promise<T>) => Promise<T>;

/** Lets every call of a port's asynchronous methods pass the gate, under the name `port.method`. */
export function guardPort<T extends object>(name: string, port: T, gate: PortGate): T {
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => gate(`${name}.${String(key)}`, async () => Reflect.apply(member, target, args));
    },
  });
}

/** The error a caller sees of a port that failed: done or not, it cannot know. */
export function faultOf(name: string, fault: PortFault): FaultError {
  const message = `${name}: ${fault}`;
  const [port] = name.split('.');
  switch (port) {
    case 'reader':
      return new FaultError('REGISTRY_UNREACHABLE', message, { retryable: true });
    case 'writer':
      return new FaultError('REGISTRY_TIMEOUT', message, { retryable: true });
    case 'sink':
      return new FaultError(fault === 'refused' ? 'SINK_UNREACHABLE' : 'SINK_REPLY_UNKNOWN', message, {
        retryable: true,
      });
    case 'queue':
      return new FaultError('QUEUE_UNAVAILABLE', message, { retryable: true });
    default:
      return new FaultError('DATABASE_UNAVAILABLE', message, { retryable: true });
  }
}
