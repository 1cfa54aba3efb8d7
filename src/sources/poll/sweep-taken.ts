/** Another process has taken the sweep over, so this one must stop. */
export class SweepTaken extends Error {
  constructor() {
    super('another process goes on with this sweep');
    this.name = 'SweepTaken';
  }
}

/** Ends what is under way where a write found that another has it. @throws {SweepTaken} */
export function keepOn(isOurs: boolean): void {
  if (!isOurs) throw new SweepTaken();
}
