// Times of exchanges, counted by how long they took: for Prometheus, as its `histogram`. Counting is adding to plain numbers: the histogram
// of prom-client looks up labels by a text at each value, and took more of an exchange's time than its decision.
import type { Histogram } from "prom-client";

/** Upper bounds in seconds, ascending. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60] as const;

export class Buckets {
  /** Of each bucket alone; the last is for what takes longer. */
  readonly #counts = new Array<number>(BOUNDS.length + 1).fill(0);
  #sum = 0;

  observe(seconds: number): void {
    let at = 0;
    while (at < BOUNDS.length && seconds > BOUNDS[at]!) at++;
    this.#counts[at]!++;
    this.#sum += seconds;
  }

  /** What a registry of prom-client asks of a metric. */
  metric(name: string, help: string): Histogram {
    const get = async (): Promise<unknown> => {
      let count = 0;
      const buckets = this.#counts.map((of, at) => {
        count += of;
        return { metricName: `${name}_bucket`, labels: { le: BOUNDS[at] ?? "+Inf" }, value: count };
      });
      const sum = { metricName: `${name}_sum`, labels: {}, value: this.#sum };
      return {
        name,
        help,
        type: "histogram",
        aggregator: "sum",
        values: [...buckets, sum, { metricName: `${name}_count`, labels: {}, value: count }],
      };
    };
    return { name, help, get } as unknown as Histogram;
  }
}
