// A number of milliseconds stands for an instant in JSON. One past the year 9999, of up to 34 digits, was taken as it is: a
// party could make a deadline that no court can put on its clock.
import { expect, it } from "vitest";
import { conform } from "../../vm/index.ts";
import { INSTANT_MAX, INSTANT_MIN } from "../../vm/time-text.ts";

const INSTANT = { kind: "instant" } as const;

it.each([INSTANT_MIN, -1, 0, INSTANT_MAX])("%s ms is an instant", (at) => {
  expect(conform(at, INSTANT)).toEqual({ value: at });
});

it.each([INSTANT_MAX + 1, INSTANT_MIN - 1, Number.MAX_SAFE_INTEGER, 2n ** 53n, 10n ** 33n, -(10n ** 33n)])(
  "%s ms is none",
  (at) => {
    expect(conform(at, INSTANT)).toMatchObject({ misfit: { code: "not-a-value", path: "" } });
  },
);
