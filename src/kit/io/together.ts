/** What is done together at most. */
export interface TogetherOptions {
  readonly most: number;
  /** Groups under way at a time. */
  readonly groups: number;
  /** How long what comes waits, in ms, for the group under way to end before another begins. */
  readonly patienceMs: number;
}

/**
 * Does together what is asked for while a group is under way: nothing waits while none is, and the more there is to do
 * the less each costs. The work gives one result for each item, in their order; where it rejects, so does every call of
 * the group.
 */
export function together<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  { most, groups, patienceMs }: TogetherOptions,
): (item: Item) => Promise<Result> {
  const waiting: Asked<Item, Result>[] = [];
  let underWay = 0;
  let impatience: NodeJS.Timeout | undefined;

  async function doAll(): Promise<void> {
    underWay += 1;
    while (waiting.length > 0) {
      clearTimeout(impatience);
      impatience = undefined;
      await doGroup(waiting.splice(0, most), work);
    }
    underWay -= 1;
  }
  function lookAgain(): void {
    impatience = undefined;
    if (waiting.length === 0 || underWay === groups) return;
    void doAll();
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
