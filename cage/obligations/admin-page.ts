// The page on which people approve requests. What it shows is put in as text, never as markup.

export const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Requests that wait</title>
<h1>Requests that wait</h1>
<p><button id="look">Look again</button> <button id="enrol">Enrol a credential</button></p>
<ul id="list"></ul>
<pre id="said"></pre>
<script>
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=/g, "");
const say = (what) => { document.getElementById("said").textContent = what; };
const post = (path, body) => fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }).then((r) => r.text());
const named = (made, response) => ({ id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {}, response });
async function approve(each, rpId) {
  const made = await navigator.credentials.get({ publicKey: { challenge: bytes(each.challenge), rpId, userVerification: "required",
    allowCredentials: each.credentials.map((id) => ({ id: bytes(id), type: "public-key" })) } });
  const { clientDataJSON, authenticatorData, signature } = made.response;
  say(await post("/step-up/" + each.id, named(made, { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature) })));
  await look();
}
async function look() {
  const { relying_party: rpId, waiting } = await (await fetch("/step-up")).json();
  const list = document.getElementById("list");
  list.replaceChildren(...waiting.map((each) => {
    const item = document.createElement("li");
    const { method, url, size, media, digest, caller } = each.request;
    item.textContent = each.who + ", until " + each.expires + ": " + method + " " + url + " from " + caller + ", " + size + " bytes" + (media ? " of " + media : "") + ", SHA-256 " + digest + " ";
    const button = document.createElement("button");
    button.textContent = "Approve";
    button.onclick = () => approve(each, rpId).catch((error) => say(String(error)));
    item.append(button);
    return item;
  }));
}
async function enrol() {
  const { relying_party: id } = await (await fetch("/step-up")).json();
  const random = crypto.getRandomValues(new Uint8Array(32));
  const made = await navigator.credentials.create({ publicKey: { challenge: random, rp: { id, name: "Writ cage" }, user: { id: random.slice(0, 16), name: "approver", displayName: "approver" },
    pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -8 }], authenticatorSelection: { userVerification: "required" } } });
  const { clientDataJSON, attestationObject } = made.response;
  say("Put this into the file of people:\\n" + await post("/step-up/enrol", named(made, { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) })));
}
document.getElementById("look").onclick = () => look().catch((error) => say(String(error)));
document.getElementById("enrol").onclick = () => enrol().catch((error) => say(String(error)));
look();
</script>
`;
