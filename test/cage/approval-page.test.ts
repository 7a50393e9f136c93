// The page on which people approve, in a real browser, with an authenticator of the browser's own making: a device is enrolled, a request waits, a
// person looks at it and approves, and it goes through once. `SCREENS=<folder>` keeps pictures of it.
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { openPage, type Page } from "./browser.ts";
import { afterwards, closeAll, get, parts, raw, upstream } from "./fakes.ts";
import { type Whole, wholeCage } from "./whole.ts";

afterEach(closeAll);

const POLICY = `policy: large-payments
on: http.request
rules:
  - allow: payments
    match: {at: [request, body], host: 127.0.0.1, method: POST, path: /v1/payments}
    then: {reach: {classes: [loopback]}}
  - require: a person
    match: {at: body, json: {amount: {min: 10000}}}
    then: {step_up: {method: webauthn, who: cfo, ttl: 2 min}}
`;
const NOBODY =
  "policy: nobody\non: http.request\nrules:\n  - allow: nothing that is asked\n    match: {host: none.example}\n";

/** The page says where it is, so the place must be known before it is opened. Below the ports that the system gives out by itself: no other
 *  test gets it while no cage listens. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const server = createServer();
    const free = await new Promise<boolean>((done) => {
      server.once("error", () => done(false));
      server.listen(port, "127.0.0.1", () => done(true));
    });
    if (!free) continue;
    await new Promise((done) => server.close(done));
    return port;
  }
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENS"];
  if (folder === undefined) return;
  const { data } = await page.send("Page.captureScreenshot", { format: "png" });
  writeFileSync(join(folder, `${name}.png`), Buffer.from(String(data), "base64"));
}

it("a device is enrolled, and a request that it approves goes through, once", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "writ-people-"));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const people = join(folder, "people.json");
  const file = (known: object): string =>
    JSON.stringify({ relying_party: { id: "localhost", origin: `http://localhost:${port}` }, people: known });
  const peopleAt = { host: "127.0.0.1", port };
  writeFileSync(people, file({}));
  const first = await wholeCage(NOBODY, { people, peopleAt });

  const place = `http://localhost:${port}/`;
  const page = await openPage(place);
  await page.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasUserVerification: true,
      isUserVerified: true,
      hasResidentKey: true,
    },
  });
  const click = (selector: string): Promise<unknown> =>
    page.value(`document.querySelector(${JSON.stringify(selector)}).click()`);
  await page.until(`document.querySelector("#none")?.hidden === false`);
  await picture(page, "1-nothing-waits");
  await click("#enrol");
  await page.until(`document.querySelector("#entry").textContent !== ""`);
  await picture(page, "2-enrolled");
  const entry = JSON.parse(await page.value<string>(`document.querySelector("#entry").textContent`)) as object;
  expect(entry).toEqual({ id: expect.any(String), public_key: expect.any(String), counter: expect.any(Number) });
  writeFileSync(people, file({ cfo: [entry] }));
  // A page asks every two seconds, and one that asks while no cage is there complains.
  await page.go("about:blank");
  await first.close();

  const up = await upstream();
  const cage = await wholeCage(POLICY, { people, peopleAt });
  const pay = async (amount: number, fields = "") => {
    const body = JSON.stringify({ amount, to: "DE02 1203 0000 0000 2020 51" });
    const head = get(
      `${up.url}/v1/payments`,
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n${fields}`,
      "POST",
    );
    const answer = parts((await raw(cage.port, head + body)).text);
    return {
      status: answer.status,
      said: JSON.parse(answer.status === 200 ? "{}" : answer.body) as Record<string, string>,
    };
  };
  const waits = await pay(250_000);
  expect([waits.status, waits.said["code"]]).toEqual([403, "step-up-required"]);
  await pay(99_999);
  const id = waits.said["step_up"]!;
  await page.go(place);
  const own = `#request-${id}`;
  await page.until(`document.querySelectorAll("#list li").length === 2`);
  const shown = await page.value<string>(`document.querySelector(${JSON.stringify(own)}).innerText`);
  for (const part of ["POST", up.url, "/v1/payments", "cfo", "127.0.0.1", "application/json", '"amount":250000'])
    expect(shown).toContain(part);
  await picture(page, "3-two-wait");
  expect((await pay(250_000, `cage-step-up: ${id}\r\n`)).said["code"]).toBe("step-up-required");

  await click(`${own} button`);
  await page.until(`document.querySelector("#said").className === "good"`);
  await page.until(`document.querySelectorAll("#list li").length === 1`);
  await picture(page, "4-approved");
  expect((await pay(250_001, `cage-step-up: ${id}\r\n`)).said["code"]).toBe("step-up-other");
  expect((await pay(250_000, `cage-step-up: ${id}\r\n`)).status).toBe(200);
  expect((await pay(250_000, `cage-step-up: ${id}\r\n`)).said["code"]).toBe("step-up-used");
  expect(up.requests).toHaveLength(1);

  // Somebody else's device signs nothing, and the page says so in words.
  await page.send("WebAuthn.disable");
  await page.send("WebAuthn.enable");
  await page.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasUserVerification: true, isUserVerified: false },
  });
  await click("#list button");
  await page.until(`document.querySelector("#said").className === "bad"`);
  await picture(page, "5-refused");
  expect(await page.value<string>(`document.querySelector("#said").textContent`)).toMatch(/^Nothing was signed: /);
  expect(await page.value<number>(`document.querySelectorAll("#list li button:enabled").length`)).toBe(1);
  expect(metOf(cage)).toContain("step_up");
  // Nothing the page may not do, but for the picture that browsers ask every site for.
  expect(page.complaints.filter((each) => !each.includes("favicon"))).toEqual([]);
});

const metOf = (cage: Whole): readonly string[] =>
  cage.records().flatMap((record) => (record.kind === "intent" ? record.met.map(({ name }) => name) : []));
