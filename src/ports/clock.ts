/** The current time, handed in so that rules about time can be tested. */
export type Clock = () => Date;
