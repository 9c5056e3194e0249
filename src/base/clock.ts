/** Time as a port, so that tests and replays decide what "now" is. Unix time in milliseconds. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
