/** What is done together at most. */
export interface TogetherOptions {
  readonly most: number;
  /** Groups under way at a time. */
  readonly groups: number;
}

/**
 * Does together what is asked for while as many groups as may be are under way: before that nothing waits, and the more
 * there is to do the less each costs. The work gives one result for each item, in
 * their order; where it rejects, so does every call of the group.
 */
export function together<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  { most, groups }: TogetherOptions,
): (item: Item) => Promise<Result> {
  const waiting: Asked<Item, Result>[] = [];
  let underWay = 0;

  async function doAll(): Promise<void> {
    underWay += 1;
    while (waiting.length > 0) await doGroup(waiting.splice(0, most), work);
    underWay -= 1;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (underWay < groups) void doAll();
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
