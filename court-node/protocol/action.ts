// What a party signs. The signed bytes are canonical CBOR of one array, so that an action has one form and one id:
//
//   ["writ action", 1, origin, kind, agreement (32 bytes | null), name, inputs (JSON text), value, for, author, nonce, deadline]
//   value: null | [[asset, amount as decimal text], …]
//
// The envelope that travels and is stored is canonical CBOR too:  [signed bytes, signature, rail: null | [did, signature]]
// Of an action that was signed together with others the signature is  [signature, index, size, [hash, …]]  (together.ts).
//
// Inputs are the JSON text the author saw, byte for byte: `1` and `1.0` stay different, and no client needs our number format.
import {
  type Canonical,
  CanonicalError,
  contentId,
  decode,
  decodeViews,
  encode,
  encodeBy,
  fromHex,
  hex,
  ID_BYTES,
  isWellFormed,
  put,
} from "../../core/index.ts";
import type { Sha256 } from "../../ledger/merkle.ts";
import { keyOfDid } from "./did.ts";
import { isWeakPoint } from "./ed25519.ts";
import {
  ACTION_BYTES_MAX,
  DID_LENGTH_MAX,
  ENVELOPE_BYTES_MAX,
  NAME_LENGTH_MAX,
  NONCE_BYTES,
  ORIGIN_LENGTH_MAX,
  SIGNATURE_BYTES,
  TOGETHER_MAX,
  VALUES_MAX,
} from "./limits.ts";
import type { Signer, Verify } from "./signer.ts";
import { placesOf, readTogether, type Together, togetherBytes, togetherRoot } from "./together.ts";

export const ACTION_VERSION = 1;
const ACTION_WORD = "writ action";
const RAIL_WORD = "writ value";

export const ACTION_KINDS = ["deploy", "offer", "sign", "act", "pay", "use", "withdraw"] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

export interface Action {
  /** Name of the court's log: an action for one court means nothing at another. */
  readonly origin: string;
  readonly kind: ActionKind;
  /** Id of the agreement in hex (64 digits); null for `deploy` and `offer`. */
  readonly agreement: string | null;
  /** Action or power; the module's id in hex for `deploy` and `offer`; else empty. */
  readonly name: string;
  /** JSON text, tokens kept. */
  readonly inputs: string;
  /** Amounts that come with it, as decimal text, such as `63.00`. */
  readonly value: readonly (readonly [asset: string, amount: string])[] | null;
  /** Claim that a payment is for. */
  readonly for: string | null;
  /** did:key of who signs. */
  readonly author: string;
  /** 16 bytes, never used twice by one author. */
  readonly nonce: Uint8Array;
  /** Ms since 1970: the court takes it no later. */
  readonly deadline: number;
}

export interface SignedAction {
  readonly action: Action;
  /** The bytes that are signed, and their id: one is made from the other once, when read or signed. */
  readonly bytes: Uint8Array;
  readonly id: Uint8Array;
  readonly signature: Uint8Array;
  /** Where it stands among actions that the signature is for as well; null: the signature is of this action's bytes. */
  readonly together: Together | null;
  /** The rail's word that the value was really moved. */
  readonly rail: { readonly did: string; readonly signature: Uint8Array } | null;
}

/** Why bytes or JSON are no action. `path` names the field. */
export interface ActionProblem {
  readonly path: string;
  readonly reason: string;
}
export type Read<T> = { readonly value: T } | { readonly problem: ActionProblem };

const no = (path: string, reason: string): { readonly problem: ActionProblem } => ({ problem: { path, reason } });

// ── Bytes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The bytes that are signed. */
export function actionBytes(action: Action): Uint8Array {
  return encode([
    ACTION_WORD,
    ACTION_VERSION,
    action.origin,
    action.kind,
    action.agreement === null ? null : fromHex(action.agreement),
    action.name,
    action.inputs,
    action.value as Canonical,
    action.for,
    action.author,
    action.nonce,
    action.deadline,
  ]);
}

export const actionId = (bytes: Uint8Array): Uint8Array => contentId("action", bytes);

/** The bytes a rail signs to certify the value of an action. */
export const railBytes = (id: Uint8Array, value: Action["value"]): Uint8Array =>
  encode([RAIL_WORD, ACTION_VERSION, id, value as Canonical]);

/** The envelope: what is sent as `application/cbor`, and stored. */
export const encodeEnvelope = (signed: SignedAction): Uint8Array => encodeBy(writeEnvelope, signed);
function writeEnvelope({ bytes, signature, together, rail }: SignedAction): void {
  put.array(3);
  put.bytes(bytes);
  if (together === null) put.bytes(signature);
  else {
    put.array(4);
    put.bytes(signature);
    put.plain(together.index);
    put.plain(together.size);
    put.array(together.path.length);
    for (const hash of together.path) put.bytes(hash);
  }
  if (rail === null) return put.plain(null);
  put.array(2);
  put.text(rail.did);
  put.bytes(rail.signature);
}

/** Reads an envelope in its one form. Signatures are not checked here. What it gives are views on the envelope's bytes, which
 *  nobody may change afterwards. */
export function decodeEnvelope(envelope: Uint8Array): Read<SignedAction> {
  if (envelope.length > ENVELOPE_BYTES_MAX) return no("", `an action has at most ${ENVELOPE_BYTES_MAX} bytes`);
  const outer = read(new Uint8Array(envelope.buffer, envelope.byteOffset, envelope.length), decodeViews);
  if (!Array.isArray(outer) || outer.length !== 3)
    return no("", "an envelope is an array of signed bytes, signature and rail");
  const [bytes, signature, rail] = outer as readonly Canonical[];
  if (!(bytes instanceof Uint8Array)) return no("", "the first part of an envelope is the signed bytes");
  const action = decodeAction(bytes);
  if ("problem" in action) return action;
  return signed(action.value, bytes, signature, rail);
}

function signed(action: Action, bytes: Uint8Array, said: Canonical, rail: Canonical): Read<SignedAction> {
  let signature = said;
  let together: Together | null = null;
  if (Array.isArray(said)) {
    const [first, index, size, path] = said as readonly Canonical[];
    const read = said.length === 4 ? readTogether(index, size, path) : "expected signature, index, size and path";
    if (typeof read === "string") return no("together", read);
    [signature, together] = [first, read];
  }
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES)
    return no("signature", `a signature has ${SIGNATURE_BYTES} bytes`);
  let certificate: SignedAction["rail"] = null;
  if (rail !== null) {
    const [did, word] = Array.isArray(rail) && rail.length === 2 ? (rail as readonly Canonical[]) : [];
    if (typeof did !== "string" || did.length > DID_LENGTH_MAX) return no("rail.did", "expected the did of the rail");
    if (!(word instanceof Uint8Array) || word.length !== SIGNATURE_BYTES)
      return no("rail.signature", `a signature has ${SIGNATURE_BYTES} bytes`);
    certificate = { did, signature: word };
  }
  return { value: { action, bytes, id: actionId(bytes), signature, together, rail: certificate } };
}

const read = (bytes: Uint8Array, by: typeof decode): Canonical => {
  try {
    return by(bytes);
  } catch (error) {
    if (error instanceof CanonicalError) return undefined;
    throw error;
  }
};

function decodeAction(bytes: Uint8Array): Read<Action> {
  if (bytes.length > ACTION_BYTES_MAX)
    return no("", `the signed part of an action has at most ${ACTION_BYTES_MAX} bytes`);
  const fields = read(bytes, decode);
  if (!Array.isArray(fields) || fields.length !== 12 || fields[0] !== ACTION_WORD)
    return no("", "the signed bytes are no action");
  if (fields[1] !== ACTION_VERSION) return no("version", `this court reads actions of version ${ACTION_VERSION}`);
  const [, , origin, kind, agreement, name, inputs, value, claim, author, nonce, deadline] =
    fields as readonly Canonical[];
  if (agreement !== null && !(agreement instanceof Uint8Array && agreement.length === ID_BYTES))
    return no("agreement", `an id has ${ID_BYTES} bytes`);
  return checkAction({
    origin,
    kind,
    agreement: agreement === null ? null : hex(agreement as Uint8Array),
    name,
    inputs,
    value,
    for: claim,
    author,
    nonce,
    deadline,
  });
}

// ── Checking fields ───────────────────────────────────────────────────────────────────────────────────────────────────

const isText = (value: unknown, max: number): value is string =>
  typeof value === "string" && value.length <= max && isWellFormed(value);
const AMOUNT = /^(0|[1-9][0-9]{0,33})(\.[0-9]{1,33})?$/;
const ID = /^[0-9a-f]{64}$/;

/** Checks every field against its bound and shape; the same for CBOR, JSON and what a client builds. */
export function checkAction(fields: Readonly<Record<keyof Action, unknown>>): Read<Action> {
  const { origin, kind, agreement, name, inputs, value, for: claim, author, nonce, deadline } = fields;
  if (!isText(origin, ORIGIN_LENGTH_MAX) || origin === "") return no("origin", "expected the origin of the court");
  if (!ACTION_KINDS.includes(kind as ActionKind)) return no("kind", `expected one of ${ACTION_KINDS.join(", ")}`);
  const about = kind === "deploy" || kind === "offer";
  if (about ? agreement !== null : !(typeof agreement === "string" && ID.test(agreement)))
    return no("agreement", about ? "must be null here" : "expected the id of the agreement: 64 hex digits, lower case");
  if (!isText(name, NAME_LENGTH_MAX)) return no("name", `expected a name of at most ${NAME_LENGTH_MAX} characters`);
  if (about && !ID.test(name)) return no("name", "expected the id of the module: 64 hex digits, lower case");
  if (!isText(inputs, ACTION_BYTES_MAX)) return no("inputs", "expected the inputs as a JSON text");
  if (value !== null) {
    if (!Array.isArray(value) || value.length === 0 || value.length > VALUES_MAX)
      return no("value", `expected null or 1 to ${VALUES_MAX} pairs of asset and amount`);
    for (const [i, pair] of value.entries()) {
      if (!Array.isArray(pair) || pair.length !== 2 || !isText(pair[0], NAME_LENGTH_MAX) || pair[0] === "")
        return no(`value[${i}]`, "expected a pair of asset and amount");
      if (typeof pair[1] !== "string" || !AMOUNT.test(pair[1]))
        return no(`value[${i}]`, "expected the amount as text, such as `63.00`");
      if (value.slice(0, i).some((other) => (other as unknown[])[0] === pair[0]))
        return no(`value[${i}]`, "an asset comes twice");
    }
  }
  if (claim !== null && !isText(claim, NAME_LENGTH_MAX)) return no("for", "expected null or the name of a claim");
  if (!isText(author, DID_LENGTH_MAX) || keyOfDid(author) === undefined)
    return no("author", "expected a did:key of an Ed25519 key");
  if (!(nonce instanceof Uint8Array) || nonce.length !== NONCE_BYTES)
    return no("nonce", `a nonce has ${NONCE_BYTES} bytes`);
  if (typeof deadline !== "number" || !Number.isSafeInteger(deadline) || deadline < 0)
    return no("deadline", "expected ms since 1970");
  return {
    value: {
      origin,
      kind: kind as ActionKind,
      agreement: agreement as string | null,
      name,
      inputs,
      value: value as Action["value"],
      for: claim as string | null,
      author,
      nonce,
      deadline,
    },
  };
}

// ── Signing ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Signs an action as its author; `rail` signs beside it that the value was moved. Throws RangeError for an action that no
 *  court would read. */
export async function signAction(action: Action, signer: Signer, rail: Signer | null = null): Promise<SignedAction> {
  const { bytes, id } = bytesOfChecked(action, signer);
  return {
    action,
    bytes,
    id,
    signature: await signer.sign(bytes),
    together: null,
    rail: await railWord(id, action, rail),
  };
}

const railWord = async (id: Uint8Array, { value }: Action, rail: Signer | null): Promise<SignedAction["rail"]> =>
  rail === null ? null : { did: rail.did, signature: await rail.sign(railBytes(id, value)) };

/** Signs actions of one author with one signature for each TOGETHER_MAX of them; what is sent for each is an envelope of its own. Throws as
 *  `signAction` does. */
export async function signTogether(
  actions: readonly Action[],
  signer: Signer,
  rail: Signer | null = null,
): Promise<readonly SignedAction[]> {
  const out: SignedAction[] = [];
  for (let from = 0; from < actions.length; from += TOGETHER_MAX) {
    const part = actions.slice(from, from + TOGETHER_MAX);
    if (part.length === 1) out.push(await signAction(part[0]!, signer, rail));
    else out.push(...(await signPart(part, signer, rail)));
  }
  return out;
}

async function signPart(
  actions: readonly Action[],
  signer: Signer,
  rail: Signer | null,
): Promise<readonly SignedAction[]> {
  const unsigned = actions.map((action) => ({ action, ...bytesOfChecked(action, signer) }));
  const { root, places } = placesOf(unsigned.map(({ id }) => id));
  const signature = await signer.sign(togetherBytes(actions.length, root));
  return Promise.all(
    unsigned.map(async (each, at) => ({
      ...each,
      signature,
      together: places[at]!,
      rail: await railWord(each.id, each.action, rail),
    })),
  );
}

/** The bytes of an action that its author may sign, and their id. */
function bytesOfChecked(action: Action, signer: Signer): Pick<SignedAction, "bytes" | "id"> {
  const checked = checkAction(action);
  if ("problem" in checked) throw new RangeError(`${checked.problem.path}: ${checked.problem.reason}`);
  if (action.author !== signer.did) throw new RangeError(`author: the signer is ${signer.did}`);
  const bytes = actionBytes(action);
  if (bytes.length > ACTION_BYTES_MAX)
    throw new RangeError(`inputs: the signed part has ${bytes.length} bytes, at most ${ACTION_BYTES_MAX} are allowed`);
  return { bytes, id: actionId(bytes) };
}

/** What the signature of an action is over; undefined where its path does not fit. */
export function signedBytes(
  { bytes, id, together }: Pick<SignedAction, "bytes" | "id" | "together">,
  sha256?: Sha256,
): Uint8Array | undefined {
  if (together === null) return bytes;
  const root = togetherRoot(id, together, sha256);
  return root === undefined ? undefined : togetherBytes(together.size, root);
}

/** `ok`, or which of the two signatures does not fit. */
export function verifyAction(
  signedAction: SignedAction,
  verify: Verify,
): "ok" | "wrong-signature" | "wrong-rail-signature" {
  const { action, id, signature, rail } = signedAction;
  const message = signedBytes(signedAction);
  const fits = (signature: Uint8Array, message: Uint8Array, did: string): boolean => {
    const key = keyOfDid(did);
    return key !== undefined && !isWeakPoint(key) && !isWeakPoint(signature) && verify(signature, message, key);
  };
  if (message === undefined || !fits(signature, message, action.author)) return "wrong-signature";
  return rail === null || fits(rail.signature, railBytes(id, action.value), rail.did) ? "ok" : "wrong-rail-signature";
}

// ── JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The JSON form of an envelope: bytes in hex. */
export interface ActionJson {
  readonly version: number;
  readonly origin: string;
  readonly kind: string;
  readonly agreement: string | null;
  readonly name: string;
  readonly inputs: string;
  readonly value: readonly { readonly asset: string; readonly amount: string }[] | null;
  readonly for: string | null;
  readonly author: string;
  readonly nonce: string;
  readonly deadline: number;
  readonly signature: string;
  /** Only where it was signed with others. */
  readonly together?: { readonly index: number; readonly size: number; readonly path: readonly string[] };
  readonly rail: { readonly did: string; readonly signature: string } | null;
}

export function actionToJson({ action, signature, together, rail }: SignedAction): ActionJson {
  return {
    version: ACTION_VERSION,
    ...action,
    value: action.value === null ? null : action.value.map(([asset, amount]) => ({ asset, amount })),
    nonce: hex(action.nonce),
    signature: hex(signature),
    ...(together === null ? {} : { together: { ...together, path: together.path.map(hex) } }),
    rail: rail === null ? null : { did: rail.did, signature: hex(rail.signature) },
  };
}

/** Reads the JSON form. The signed bytes are made again from the fields. */
export function actionFromJson(json: unknown): Read<SignedAction> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return no("", "expected an object");
  const fields = json as Readonly<Record<string, unknown>>;
  if (fields["version"] !== ACTION_VERSION)
    return no("version", `this court reads actions of version ${ACTION_VERSION}`);
  const bytesOf = (field: unknown): unknown => (typeof field === "string" ? fromHex(field) : undefined);
  const value = fields["value"] ?? null;
  const pairs = Array.isArray(value)
    ? value.map((item: unknown) => (isObject(item) ? [item["asset"], item["amount"]] : null))
    : value;
  const checked = checkAction({
    origin: fields["origin"],
    kind: fields["kind"],
    agreement: fields["agreement"] ?? null,
    name: fields["name"] ?? "",
    inputs: fields["inputs"] ?? "null",
    value: pairs,
    for: fields["for"] ?? null,
    author: fields["author"],
    nonce: bytesOf(fields["nonce"]),
    deadline: fields["deadline"],
  });
  if ("problem" in checked) return checked;
  const bytes = actionBytes(checked.value);
  if (bytes.length > ACTION_BYTES_MAX)
    return no("inputs", `the signed part of an action has at most ${ACTION_BYTES_MAX} bytes`);
  const rail = fields["rail"] ?? null;
  const signature = bytesOf(fields["signature"]) as Canonical;
  const together = fields["together"] ?? null;
  return signed(
    checked.value,
    bytes,
    together === null ? signature : isObject(together) ? [signature, ...togetherOf(together, bytesOf)] : [],
    rail === null ? null : isObject(rail) ? [rail["did"] as Canonical, bytesOf(rail["signature"]) as Canonical] : [],
  );
}

/** Index, size and path as an envelope has them. */
function togetherOf(
  { index, size, path }: Readonly<Record<string, unknown>>,
  bytesOf: (hex: unknown) => unknown,
): Canonical[] {
  return [index, size, Array.isArray(path) ? path.map(bytesOf) : path] as Canonical[];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
