/** Milliseconds that clocks of different machines may differ: Kerberos allows as much (RFC 4120 §8.2). */
export const clockTolerance = 5 * 60_000;
