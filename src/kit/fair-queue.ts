/** For whom work is done: a registry (or another party that may be slow), and a repository in it. */
export interface Lane {
  readonly registry: string;
  readonly repository: string;
}

/** Who waits for one of a number of slots, and who holds them. */
export interface FairQueue<T> {
  /** Puts an item at the end of its lane; with `isFirst`, before everybody. Items without a lane share one. */
  wait(item: T, lane: Lane | undefined, isFirst?: boolean): void;
  /** Takes an item out; false if it was not waiting. */
  forget(item: T): boolean;
  /** The item whose turn is next, of those that may have one of so many free slots. */
  peek(free: number): T | undefined;
  /** The same; the item is taken out, and its lane holds a slot from then on. */
  take(free: number): T | undefined;
  /** A slot of this lane is free again. */
  leave(lane: Lane | undefined): void;
  /** Takes all items out. */
  clear(): readonly T[];
  /** How many wait. */
  readonly size: number;
}

/**
 * A registry may hold three quarters of all slots, a repository half of them: more precisely, it gets another only while
 * it holds fewer than so many times those that are free. However many of them want all there is, some are left for who
 * comes next. https://doi.org/10.1109/90.664262 (Choudhury and Hahne, "Dynamic queue length thresholds")
 */
const REGISTRY_TIMES = 3;
const REPOSITORY_TIMES = 1;

const NOBODY: Lane = { registry: '', repository: '' };

interface Waiter<T> {
  readonly item: T;
  readonly lane: Lane | undefined;
}

interface Next<T> {
  readonly registry: string;
  readonly repositories: Map<string, Waiter<T>[]>;
  readonly repository: string;
  readonly waiting: Waiter<T>[];
}

/** What a queue lends at most, beside the shares of all that is free. */
export interface FairQueueLimits {
  /** Slots of one registry. Default: no such limit. */
  readonly ofRegistry?: number;
}

/** Takes turns by registry and, within each, by repository. Pure: knows neither time nor what the slots are for. */
export function createFairQueue<T>(limits: FairQueueLimits = {}): FairQueue<T> {
  const mostOfRegistry = limits.ofRegistry ?? Number.POSITIVE_INFINITY;
  /** In the order of their turns: whoever was served goes to the end. */
  const registries = new Map<string, Map<string, Waiter<T>[]>>();
  const heldOfRegistry = new Map<string, number>();
  /** By registry, then by repository. */
  const heldOfRepository = new Map<string, Map<string, number>>();
  let size = 0;

  function mayTake(lane: Lane | undefined, free: number): boolean {
    if (lane === undefined) return true;
    const ofRegistry = heldOfRegistry.get(lane.registry) ?? 0;
    const ofRepository = heldOfRepository.get(lane.registry)?.get(lane.repository) ?? 0;
    return ofRegistry < Math.min(free * REGISTRY_TIMES, mostOfRegistry) && ofRepository < free * REPOSITORY_TIMES;
  }
  function count(lane: Lane | undefined, by: number): void {
    if (lane === undefined) return;
    const { registry, repository } = lane;
    add(heldOfRegistry, registry, by);
    const ofRepository = heldOfRepository.get(registry) ?? new Map<string, number>();
    add(ofRepository, repository, by);
    if (ofRepository.size > 0) heldOfRepository.set(registry, ofRepository);
    else heldOfRepository.delete(registry);
  }
  function findNext(free: number): Next<T> | undefined {
    if (free <= 0) return undefined;
    for (const [registry, repositories] of registries) {
      for (const [repository, waiting] of repositories) {
        if (mayTake(waiting[0]?.lane, free)) return { registry, repositories, repository, waiting };
      }
    }
    return undefined;
  }

  return {
    get size() {
      return size;
    },
    wait(item, lane, isFirst = false) {
      const { registry, repository } = lane ?? NOBODY;
      const repositories = registries.get(registry) ?? new Map<string, Waiter<T>[]>();
      const waiting = repositories.get(repository) ?? [];
      if (isFirst) waiting.unshift({ item, lane });
      else waiting.push({ item, lane });
      repositories.set(repository, waiting);
      registries.set(registry, repositories);
      if (isFirst) {
        toFront(repositories, repository);
        toFront(registries, registry);
      }
      size++;
    },
    forget(item) {
      for (const [registry, repositories] of registries) {
        for (const [repository, waiting] of repositories) {
          const at = waiting.findIndex((waiter) => waiter.item === item);
          if (at < 0) continue;
          waiting.splice(at, 1);
          if (waiting.length === 0) repositories.delete(repository);
          if (repositories.size === 0) registries.delete(registry);
          size--;
          return true;
        }
      }
      return false;
    },
    peek: (free) => findNext(free)?.waiting[0]?.item,
    take(free) {
      const next = findNext(free);
      const first = next?.waiting.shift();
      if (next === undefined || first === undefined) return undefined;
      size--;
      count(first.lane, 1);
      toEnd(next.repositories, next.repository, next.waiting.length === 0);
      toEnd(registries, next.registry, next.repositories.size === 0);
      return first.item;
    },
    leave(lane) {
      count(lane, -1);
    },
    clear() {
      const all = [...registries.values()].flatMap((each) => [...each.values()].flat()).map(({ item }) => item);
      registries.clear();
      size = 0;
      return all;
    },
  };
}

function add(held: Map<string, number>, key: string, by: number): void {
  const sum = (held.get(key) ?? 0) + by;
  if (sum > 0) held.set(key, sum);
  else held.delete(key);
}

function toEnd<V>(map: Map<string, V>, key: string, isEmpty: boolean): void {
  const value = map.get(key);
  map.delete(key);
  if (!isEmpty && value !== undefined) map.set(key, value);
}

function toFront<V>(map: Map<string, V>, key: string): void {
  const others = [...map].filter(([other]) => other !== key);
  for (const [other] of others) map.delete(other);
  for (const [other, value] of others) map.set(other, value);
}
