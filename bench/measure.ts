// Time of a piece of work: warmed up, then repeated in batches; the median batch counts, so that one pause does not. It is
// processor time of this process: what else runs on the machine does not count. The collector's helper threads do, so it is
// not less than a clock would show on an idle machine.

export interface MeasureOptions {
  /** Milliseconds of warming up. */
  readonly warmMs?: number;
  /** Milliseconds of measuring in all. */
  readonly runMs?: number;
}

const BATCHES = 15;

/** Processor time of this process so far, in milliseconds. */
function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Nanoseconds of one call. */
export function nsPerCall(work: () => unknown, { warmMs = 300, runMs = 900 }: MeasureOptions = {}): number {
  let calls = 0;
  const warmUntil = spent() + warmMs;
  const warmStart = spent();
  do {
    sink = work();
    calls++;
  } while (spent() < warmUntil);
  const perCall = (spent() - warmStart) / calls;
  const batch = Math.max(1, Math.round(runMs / BATCHES / perCall));
  const times: number[] = [];
  for (let i = 0; i < BATCHES; i++) {
    const start = spent();
    for (let k = 0; k < batch; k++) sink = work();
    times.push((spent() - start) / batch);
  }
  return (median(times) as number) * 1e6;
}

/** The same two pieces of work in turns, so that both meet the same machine: ns of each. */
export function nsOfBoth(
  a: () => unknown,
  b: () => unknown,
  options: MeasureOptions = {},
): readonly [a: number, b: number] {
  const as: number[] = [];
  const bs: number[] = [];
  const part = { warmMs: (options.warmMs ?? 300) / 3, runMs: (options.runMs ?? 900) / 3 };
  for (let turn = 0; turn < 3; turn++) {
    as.push(nsPerCall(a, part));
    bs.push(nsPerCall(b, part));
  }
  return [median(as) as number, median(bs) as number];
}

/** Pieces of work in turns, all in each round: ns of a call of each. `roundMs`: milliseconds of each piece in a round. */
export const nsOfAll = (works: readonly (() => unknown)[], options: RoundOptions = {}): readonly number[] =>
  nsOfRounds(works, options).map((each) => median(each) as number);

/** The middle of the ratios of each round: what both pieces of work met, a machine that is slower for a while, is in none of them. */
export const ratioOf = (a: readonly number[], b: readonly number[]): number =>
  median(a.map((value, round) => value / b[round]!)) as number;

export interface RoundOptions {
  readonly warmMs?: number;
  readonly roundMs?: number;
  readonly rounds?: number;
}

/** The same, of each piece of work its ns in each round. */
export function nsOfRounds(
  works: readonly (() => unknown)[],
  { warmMs = 120, roundMs = 12, rounds = 11 }: RoundOptions = {},
): readonly (readonly number[])[] {
  const batches = works.map((work) => {
    let calls = 0;
    const start = spent();
    do {
      sink = work();
      calls++;
    } while (spent() < start + warmMs);
    return Math.max(1, Math.round((roundMs * calls) / (spent() - start)));
  });
  const times: number[][] = works.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < works.length; turn++) {
      // Another one first in each round.
      const at = (turn + round) % works.length;
      const work = works[at]!;
      const start = spent();
      for (let k = 0; k < batches[at]!; k++) sink = work();
      times[at]!.push(((spent() - start) / batches[at]!) * 1e6);
    }
  return times;
}

export const median = (values: readonly number[]): number | undefined => {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)];
};

/** Keeps results alive, so that no work is optimised away. */
export let sink: unknown;
