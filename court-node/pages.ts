// The two pages a court serves to people: itself at a glance, and its addresses. Plain HTML, no script, nothing from elsewhere.
import { hex } from "../core/index.ts";
import type { CourtNode } from "./node.ts";
import { problemsByStatus } from "./openapi.ts";
import { decodeReceipt, receiptId } from "./protocol/receipt.ts";
import { decodeAgreement, SPACE } from "./records.ts";
import { ROUTES, type Route } from "./routes.ts";

const RECEIPTS_SHOWN = 20;
const AGREEMENTS_SHOWN = 20;

const escapeHtml = (text: string): string =>
  text.replace(
    /[&<>"']/g,
    (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[sign] as string,
  );
const short = (id: string): string => `<code title="${escapeHtml(id)}">${escapeHtml(id.slice(0, 12))}…</code>`;

const STYLE = `:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent);--soft:color-mix(in srgb,currentColor 62%,transparent)}
body{font:16px/1.55 system-ui,sans-serif;max-width:66rem;margin:2.5rem auto;padding:0 1.25rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .6rem}p{margin:.4rem 0}
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;padding:.4rem .7rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--soft)}code,pre{font:.86rem/1.5 ui-monospace,monospace}pre{overflow:auto;padding:.8rem 1rem;border:1px solid var(--line);border-radius:.4rem}
.soft{color:var(--soft)}.tag{border:1px solid var(--line);border-radius:.3rem;padding:.05rem .4rem;font-size:.82rem}.refused,.fault{color:#b3261e}.accepted{color:#1a7f37}
.scroll{overflow-x:auto}a{color:inherit}`;

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>${body}</body></html>`;

const instant = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms));

/** The court at a glance: standing, checkpoint, agreements, last receipts. */
export function statusPage(node: CourtNode): string {
  const reason = node.engine.readOnlyReason();
  const { size } = node.log;
  const receipts: string[] = [];
  for (let seq = size - 1; seq >= Math.max(0, size - RECEIPTS_SHOWN); seq--) receipts.push(receiptRow(node, seq));
  const agreements = node.storage.range(SPACE.agreement, { most: AGREEMENTS_SHOWN }).map(({ key, value }) => {
    const record = decodeAgreement(value);
    const module = node.modules.get(hex(record.module), (id) => node.storage.get(SPACE.module, id));
    const due = record.halted
      ? "halted"
      : record.due === null
        ? "nothing"
        : `${escapeHtml(record.due.name)}, ${instant(record.due.at)}`;
    return `<tr><td><a href="/agreements/${key}">${short(key)}</a></td><td>${escapeHtml(module?.module.name ?? "?")}</td><td>${record.steps}</td><td>${due}</td></tr>`;
  });
  return page(
    node.origin,
    `<h1>${escapeHtml(node.origin)}</h1>
<p class="soft">A Writ court node. ${reason === null ? "It takes actions." : `It only reads: ${escapeHtml(reason)}.`} <a href="/docs">Addresses</a>, <a href="/healthz">health</a>, <a href="/metrics">metrics</a>.</p>
<h2>Last receipts</h2><div class="scroll"><table><tr><th>seq</th><th>id</th><th>what</th><th>outcome</th><th>when</th><th>check</th></tr>${receipts.join("") || '<tr><td colspan="6" class="soft">None yet.</td></tr>'}</table></div>
<h2>Agreements</h2><div class="scroll"><table><tr><th>id</th><th>module</th><th>receipts</th><th>next due</th></tr>${agreements.join("") || '<tr><td colspan="4" class="soft">None yet.</td></tr>'}</table></div>
<h2>Checkpoint</h2><pre>${escapeHtml(node.log.note)}</pre><p class="soft">Verifier key: <code>${escapeHtml(node.verifierKey)}</code></p>`,
  );
}

function receiptRow(node: CourtNode, seq: number): string {
  const bytes = node.log.entry(seq);
  const decoded = decodeReceipt(bytes);
  if ("reason" in decoded) return `<tr><td>${seq}</td><td colspan="5">${escapeHtml(decoded.reason)}</td></tr>`;
  const { kind, event, outcome, now } = decoded.receipt;
  const what = [kind, event[0] === kind ? "" : event[0], event[1]]
    .filter((word, i, all) => word !== "" && all.indexOf(word) === i)
    .join(" ");
  const verdict =
    outcome.kind === "refused"
      ? `refused: ${outcome.refusal.kind}${outcome.refusal.name === "" ? "" : ` ${outcome.refusal.name}`}`
      : outcome.kind === "fault"
        ? `fault: ${outcome.code}`
        : "accepted";
  return `<tr><td><a href="/receipts/${seq}">${seq}</a></td><td>${short(hex(receiptId(bytes)))}</td><td>${escapeHtml(what)}</td><td class="${outcome.kind}">${escapeHtml(verdict)}</td><td>${instant(now)}</td><td><a href="/receipts/${seq}.proof">proof</a> <a href="/receipts/${seq}.bundle">bundle</a></td></tr>`;
}

/** The addresses, for reading. */
export function docsPage(origin: string): string {
  const rows = (ROUTES as readonly Route[]).map((route) => {
    const body =
      route.body === undefined
        ? ""
        : `<p>Body: <code>application/json</code> as in <a href="/openapi.json">openapi.json</a>, or <code>application/cbor</code>: ${escapeHtml(route.body.cbor)}. At most ${route.body.bytesMax.toLocaleString("en")} bytes.</p>`;
    const parameters = (route.parameters ?? [])
      .map(
        ({ name, in: place, description }) =>
          `<p><code>${escapeHtml(name)}</code> <span class="soft">(${place})</span> ${escapeHtml(description)}</p>`,
      )
      .join("");
    const answers = Object.entries(route.answers).map(
      ([status, { description, type }]) =>
        `<p><span class="tag">${status}</span> ${escapeHtml(description)} <span class="soft">${escapeHtml(type)}</span></p>`,
    );
    const problems = [...problemsByStatus(route)]
      .filter(([status]) => status !== 500)
      .map(
        ([status, codes]) =>
          `<p><span class="tag">${status}</span> ${codes.map((code) => `<code>${code}</code>`).join(", ")}</p>`,
      );
    return `<h2><span class="tag">${route.method}</span> <code>${escapeHtml(route.path)}</code></h2><p>${escapeHtml(route.summary)}</p>${parameters}${body}${answers.join("")}${problems.join("")}`;
  });
  return page(
    `Addresses of ${origin}`,
    `<h1>Addresses</h1><p class="soft">The court <a href="/">${escapeHtml(origin)}</a>. Errors are <code>application/problem+json</code> with a <code>code</code> and what to do. The same as data: <a href="/openapi.json">openapi.json</a>.</p>${rows.join("")}`,
  );
}
