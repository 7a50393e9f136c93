// Policies that the tests of this folder run.
import { compile } from "../../../compiler/index.ts";
import { hasErrors } from "../../../lang/index.ts";

export const NOTES = `policy: notes
on:
  user: text
  act: [read, write]
  note: {owner: text, shared?: bool, locked?: bool}
rules:
  - allow: the owner
    id: owner
    match: {note: {owner: {expr: user}}}
  - allow: anyone reads what is shared
    id: shared
    match: {act: read, note: {shared: true}}
  - deny: locked notes stay as they are
    id: locked
    match: {act: write, note: {locked: true}}
`;

/** As NOTES, and a stranger may write what is shared, too; a lock keeps nobody out. */
export const NOTES_OPEN = `policy: notes
on:
  user: text
  act: [read, write]
  note: {owner: text, shared?: bool, locked?: bool}
rules:
  - allow: the owner
    id: owner
    match: {note: {owner: {expr: user}}}
  - allow: what is shared is everybody's
    id: commons
    match: {note: {shared: true}}
`;

export const FOLDERS = `policy: folders
on: {user: text, act: [view, edit], folder: text}
types:
  Group: {parents: list(text)}
  Folder: {viewers: text, editors: text}
data: {groups: map(Group), folders: map(Folder)}
relations:
  member: {of: data.groups, step: parents}
derive:
  it: data.folders[folder]
rules:
  - allow: editors do both
    id: editors
    when: member(user, it.editors)
  - allow: viewers look
    id: viewers
    match: {act: view}
    when: member(user, it.viewers)
`;

export const FOLDER_DATA = {
  groups: {
    ada: { parents: ["leads"] },
    bo: { parents: ["team"] },
    leads: { parents: ["team"] },
    team: { parents: [] },
  },
  folders: { plans: { viewers: "team", editors: "leads" } },
};

export const PARCELS = `policy: parcels
on: {items: list(Item) up to 50}
default: allow
types:
  Item: {name: text, weight: decimal}
rules:
  - deny: heavy things
    id: heavy
    each: {item: items}
    match: {item: {weight: {above: 20}}}
    message: "{item.name} weighs {item.weight}"
`;

export const DESK = `policy: desk
on: {role: text, file: text}
obligations:
  hide: {fields: list(text)}
rules:
  - allow: clerks see files without numbers
    id: clerks
    match: {role: clerk}
    then: {hide: {fields: [card]}}
  - allow: heads see all
    id: heads
    match: {role: head}
`;

export function built(text: string): NonNullable<ReturnType<typeof compile>["value"]> {
  const { value, diagnostics } = compile({ name: "policy.yaml", text });
  if (value === null || hasErrors(diagnostics))
    throw new Error(JSON.stringify(diagnostics.map((each) => each.message)));
  return value;
}
