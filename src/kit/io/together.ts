/** What is done together at most. */
export interface TogetherOptions {
  readonly most: number;
  /** Groups under way at a time. */
  readonly groups: number;
  /** How long what comes waits, in ms, for the group under way to end before another begins. */
  readonly patienceMs: number;
  /** How long after a group began the next one begins, in ms, if it is not the first for so long. Default: at once. */
  readonly everyMs?: number;
}

/**
 * Does together what is asked for while a group is under way: nothing waits while none is, and the more there is to do
 * the less each costs. The work gives one result for each item, in their order; where it rejects, so does every call of
 * the group.
 */
export function together<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  { most, groups, patienceMs, everyMs = 0 }: TogetherOptions,
): (item: Item) => Promise<Result> {
  const waiting: Asked<Item, Result>[] = [];
  let underWay = 0;
  let impatience: NodeJS.Timeout | undefined;
  /** Whether a group began less than `everyMs` ago. */
  let isPaced = false;

  async function doAll(): Promise<void> {
    underWay += 1;
    while (waiting.length > 0 && !isPaced) {
      clearTimeout(impatience);
      impatience = undefined;
      keepPace();
      await doGroup(waiting.splice(0, most), work);
    }
    underWay -= 1;
  }
  function keepPace(): void {
    if (everyMs === 0) return;
    isPaced = true;
    setTimeout(() => {
      isPaced = false;
      beginAnother();
    }, everyMs);
  }
  function beginAnother(): void {
    if (waiting.length > 0 && underWay < groups && !isPaced) void doAll();
  }
  function lookAgain(): void {
    impatience = undefined;
    beginAnother();
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (underWay === 0) void doAll();
      else if (underWay < groups) impatience ??= setTimeout(lookAgain, patienceMs);
    });
}

interface Asked<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

async function doGroup<Item, Result>(
  group: readonly Asked<Item, Result>[],
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<void> {
  try {
    const results = await work(group.map(({ item }) => item));
    if (results.length !== group.length)
      throw new RangeError(`expected ${group.length} results, got ${results.length}`);
    for (const [index, result] of results.entries()) group[index]?.resolve(result);
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}
