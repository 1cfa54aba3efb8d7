import pino from 'pino';
import type { Concern } from '../../../src/ports/concerns.ts';
import type { RegistryInventory } from '../../../src/ports/registry-inventory.ts';
import type { Records } from '../../../src/records/create-records.ts';
import type { PollSourceOptions } from '../../../src/sources/poll/poll-options.ts';
import { type SweepLoop, sweepWhenDue } from '../../../src/sources/poll/sweep-loop.ts';
import { createMemoryInventory, type MemoryInventory, type MemoryInventoryOptions } from '../memory-inventory.ts';
import type { LazaretProcess, PipelineWorld } from './pipeline-world.ts';

/** What a registry lists and answers; tests change it. */
export interface ListedRegistry {
  readonly inventory: RegistryInventory;
  /** Every request so far: those of `MemoryInventory`, and `probe`. */
  readonly requests: readonly string[];
  clearRequests(): void;
  readonly put: MemoryInventory['put'];
  readonly remove: MemoryInventory['remove'];
  readonly failOn: MemoryInventory['failOn'];
  /** Called before each request is answered. */
  onRequest: ((line: string) => Promise<void> | void) | undefined;
  probe(): Promise<void>;
}

/** Lists in pages, by name, as registries do. */
export function createListedRegistry(options: MemoryInventoryOptions = {}): ListedRegistry {
  const memory = createMemoryInventory(options);
  const requests: string[] = [];
  const note = async (line: string): Promise<void> => {
    requests.push(line);
    await registry.onRequest?.(line);
  };
  const registry: ListedRegistry = {
    inventory: {
      way: memory.way,
      tellsDigests: memory.tellsDigests,
      async listRepositories(from, signal) {
        await note(`repositories ${from ?? ''}`);
        return memory.listRepositories(from, signal);
      },
      async listTags(repository, from, signal) {
        await note(`tags ${repository} ${from ?? ''}`);
        return memory.listTags(repository, from, signal);
      },
      async resolveTag(repository, tag, signal) {
        await note(`HEAD ${repository}:${tag}`);
        return memory.resolveTag(repository, tag, signal);
      },
    },
    requests,
    clearRequests: () => {
      requests.length = 0;
    },
    put: memory.put,
    remove: memory.remove,
    failOn: memory.failOn,
    onRequest: undefined,
    // The API itself answers as its lists do.
    async probe() {
      await note('probe');
      await memory.listRepositories(undefined);
    },
  };
  return registry;
}

export const EVERY_MS = 15 * 60_000;

/** Sweeps of one process, moved by hand. */
export interface Sweeper {
  readonly concerns: readonly Concern[];
  readonly results: readonly string[];
  /** One attempt, if a sweep is due or under way; resolves with the wait until the next look. */
  sweep(signal?: AbortSignal): Promise<number>;
}

/** Makes a process of a world sweep what is listed. */
export function createSweeper(
  world: Pick<PipelineWorld, 'now'>,
  { receiver }: Pick<LazaretProcess, 'receiver'>,
  {
    listed,
    records,
    owner = 'one',
    registryId = 'prod',
    covers = () => true,
    ...options
  }: {
    readonly listed: ListedRegistry;
    readonly records: Pick<Records, 'sweeps'>;
    readonly owner?: string;
    readonly registryId?: string;
    readonly covers?: (repository: string) => boolean;
  } & Partial<Omit<PollSourceOptions, 'targets'>>,
): Sweeper {
  const { inventory, probe } = listed;
  const concerns: Concern[] = [];
  const results: string[] = [];
  const target = { registryId, host: 'registry.example.com', inventory, covers, scope: '**', probe };
  const loop: Omit<SweepLoop, 'signal'> = {
    target,
    options: {
      id: 'sweep',
      everyMs: EVERY_MS,
      tags: { include: [], exclude: [] },
      baseline: 'record',
      targets: [target],
      ...options,
    },
    deps: {
      receiver,
      sweeps: records.sweeps,
      concerns: { raise: (concern) => concerns.push(concern) },
      clock: world.now,
      logger: pino({ level: process.env['PIPELINE_LOG'] ?? 'silent' }),
      metrics: {
        sweep: (_, result) => results.push(result),
        askedLook: (_, result) => results.push(`asked ${result}`),
      },
      owner,
      leaseMs: 60_000,
      term: () => new AbortController().signal,
    },
    last: {},
  };
  return {
    concerns,
    results,
    sweep: (signal = new AbortController().signal) => sweepWhenDue({ ...loop, signal }),
  };
}
