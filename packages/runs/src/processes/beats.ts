/** How often a process says that it is alive, in ms, and on which descriptor. */
export const BEAT = 1000;
export const BEAT_PIPE = 4;
