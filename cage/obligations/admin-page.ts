// The page on which people approve requests. What it shows is put in as text, never as markup; style and script are those whose hashes the
// server names, and nothing else runs.

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9dbe0; --ground: #f7f8fa; --card: #fff; --act: #0b5cad; --on: #fff; --good: #18794e; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #a1a6ae; --line: #363a40; --ground: #131518; --card: #1b1e22; --act: #7cb8f7; --on: #0e1114; --good: #5fd39b; --bad: #ff9a8d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 2.5rem 0 .25rem; }
p { margin: 0 0 1rem; color: var(--soft); }
ul { list-style: none; margin: 1.25rem 0; padding: 0; display: grid; gap: 1rem; }
li, #none { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.25rem; }
#none { color: var(--soft); text-align: center; padding: 2rem; margin: 1.25rem 0; }
.what { font: 600 1.05rem/1.45 ui-monospace, monospace; overflow-wrap: anywhere; margin: 0 0 .75rem; color: var(--soft); }
.what b, .what strong { color: var(--ink); }
.what b { margin-right: .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 1rem; font-size: .92rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.warn { color: var(--bad); }
li pre { margin: 0 0 1rem; max-height: 16rem; overflow: auto; background: var(--ground); }
.hash { font: .82rem/1.6 ui-monospace, monospace; }
button { font: inherit; font-weight: 600; border-radius: 7px; border: 1px solid var(--line); background: transparent; color: var(--ink); padding: .45rem 1rem; cursor: pointer; }
button.act { background: var(--act); border-color: var(--act); color: var(--on); }
button:disabled { opacity: .55; cursor: default; }
button:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
#said { border-left: 4px solid var(--line); padding: .5rem 1rem; margin: 1rem 0; color: var(--ink); white-space: pre-line; }
#said:empty { display: none; }
#said.good { border-color: var(--good); }
#said.bad { border-color: var(--bad); }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: .75rem 1rem; font-size: .82rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: 1rem 0 .75rem; }
[hidden] { display: none !important; }
`;

const SCRIPT = `
const LOOK_MS = 2000;
const at = (id) => document.getElementById(id);
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=/g, "");
const say = (how, what) => { at("said").className = how; at("said").textContent = what; };
const made = (name, content, className) => {
  const element = document.createElement(name);
  if (content !== undefined) element.append(...[content].flat());
  if (className !== undefined) element.className = className;
  return element;
};
const named = (credential, response) => ({ id: credential.id, rawId: text(credential.rawId), type: credential.type, clientExtensionResults: {}, response });
async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const read = await answer.json();
  if (!answer.ok) throw new Error(read.detail);
  return read;
}
const failed = (error) => say("bad", error.name === "NotAllowedError" ? "Nothing was signed: it was cancelled, took too long, or this device has no credential for it." : error.message);

async function approve(each, rpId, button) {
  button.disabled = true;
  say("", "Your device asks for you.");
  try {
    const credential = await navigator.credentials.get({ publicKey: { challenge: bytes(each.challenge), rpId, userVerification: "required",
      allowCredentials: each.credentials.map((id) => ({ id: bytes(id), type: "public-key" })) } });
    const { clientDataJSON, authenticatorData, signature } = credential.response;
    await post("/step-up/" + each.id, named(credential, { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature) }));
    say("good", "Approved: " + each.request.method + " " + each.request.url + "\\nIt goes through once, when its sender sends it again before " + clock(each.expires) + ".");
  } catch (error) {
    button.disabled = false;
    failed(error);
  }
  await look();
}

const clock = (instant) => new Date(instant).toLocaleTimeString();
const size = (count) => count === 0 ? "none" : count === 1 ? "1 byte" : count.toLocaleString() + " bytes";

/** The host stands out: it is what a person can judge. */
function target({ method, url }) {
  const [, scheme, host, rest] = /^([a-z]+:\\/\\/)([^/?]*)(.*)$/.exec(url);
  return made("p", [made("b", method), scheme, made("strong", host), rest], "what");
}

function card(each, rpId) {
  const { size: count, media, digest, caller, text: body, cut } = each.request;
  const rows = [["for", each.who], ["from", caller], ["until", clock(each.expires) + ", then it is denied"], ["body", size(count) + (media && count > 0 ? " of " + media : "")]];
  const list = made("dl", rows.flatMap(([name, value]) => [made("dt", name), made("dd", value)]));
  if (count > 0) list.append(made("dt", "SHA-256"), made("dd", digest, "hash"));
  const button = made("button", "Approve this request", "act");
  button.onclick = () => approve(each, rpId, button);
  const item = made("li", [target(each.request), list]);
  if (body !== null) item.append(made("pre", body + (cut ? "…" : "")));
  if (cut) item.append(made("p", "Only the beginning is shown.", "warn"));
  if (count > 0 && body === null) item.append(made("p", "The body cannot be shown: it is no text.", "warn"));
  item.append(button);
  item.id = "request-" + each.id;
  return item;
}

async function look() {
  const answer = await fetch("/step-up");
  const { relying_party: rpId, waiting } = await answer.json();
  const list = at("list");
  // What stands there stays: a button does not move away under a finger.
  for (const item of [...list.children]) if (!waiting.some(({ id }) => item.id === "request-" + id)) item.remove();
  for (const each of waiting) if (at("request-" + each.id) === null) list.append(card(each, rpId));
  at("none").hidden = waiting.length > 0;
  document.title = (waiting.length > 0 ? "(" + waiting.length + ") " : "") + "Requests that wait";
  return rpId;
}

async function enrol() {
  at("enrol").disabled = true;
  try {
    const id = await look();
    const random = crypto.getRandomValues(new Uint8Array(32));
    const credential = await navigator.credentials.create({ publicKey: { challenge: random, rp: { id, name: "Writ cage" }, user: { id: random.slice(0, 16), name: "approver", displayName: "approver" },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -8 }, { type: "public-key", alg: -257 }], authenticatorSelection: { userVerification: "required" } } });
    const { clientDataJSON, attestationObject } = credential.response;
    const entry = await post("/step-up/enrol", named(credential, { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) }));
    at("entry").textContent = JSON.stringify(entry, null, 1);
    at("enrolled").hidden = false;
    say("", "");
  } catch (error) {
    failed(error);
  }
  at("enrol").disabled = false;
}

at("enrol").onclick = enrol;
at("copy").onclick = () => navigator.clipboard.writeText(at("entry").textContent).then(() => { at("copy").textContent = "Copied"; }, failed);
let lost = false;
const again = () => look().then(
  () => { if (lost) say("", ""); lost = false; },
  () => { lost = true; say("bad", "The cage does not answer."); },
).then(() => setTimeout(again, LOOK_MS));
again();
`;

export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Requests that wait</title>
<style>${STYLE}</style>
<main>
<h1>Requests that wait</h1>
<p>Each is one request that a program wants to send. Approve it only if you know why it is sent; one that you leave alone is denied.</p>
<div id="said" role="status" aria-live="polite"></div>
<div id="none" hidden>Nothing waits.</div>
<ul id="list"></ul>
<h2>A new person or device</h2>
<p>Makes a credential on this device. It counts once the operator has put its entry into the file of people.</p>
<button id="enrol">Enrol this device</button>
<div id="enrolled" hidden><pre id="entry"></pre><button id="copy">Copy the entry</button></div>
</main>
<script>${SCRIPT}</script>
</html>
`;

/** What may run and be shown of it, by content. */
export const PAGE_PARTS = { style: STYLE, script: SCRIPT };
