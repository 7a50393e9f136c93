// The policies that `writ cage init` writes before anything was seen.

/** One host to change, and everything else denied. */
export const STARTER = `# What this application may say to the world. What no rule allows is denied.
policy: cage
on: http.request
rules:
  - allow: the api is read
    id: api-read
    match: {at: [request, response], direction: egress, scheme: https, host: api.example, port: 443, method: [GET, HEAD]}
  - require: what is changed is recorded in full
    id: changes-in-full
    match: {at: request, method: [POST, PUT, PATCH, DELETE]}
    then: {receipt: full}
  - deny: large answers, from next week on
    id: large-answers
    shadow: true
    match: {at: response, response: {size: {above: 10 MiB}}}
tests:
  the api is read:
    input: {at: request, now: 2026-01-01T00:00:00Z, direction: egress, scheme: https, host: api.example, port: 443, method: GET, path: /, query: {}}
    expect: {decision: allow, by: [api-read]}
  and not written:
    input: {at: request, now: 2026-01-01T00:00:00Z, direction: egress, scheme: https, host: api.example, port: 443, method: POST, path: /, query: {}}
    expect: deny
  another host:
    input: {at: request, now: 2026-01-01T00:00:00Z, direction: egress, scheme: https, host: api.example.net, port: 443, method: GET, path: /, query: {}}
    expect: deny
`;

/** Allows what an application asks for, so that it can be learned: not to be left in use. */
export const WATCH = `# Lets everything through but metadata services, to see what the application needs. Not a policy to keep:
# \`writ cage init --from-log\` writes that one from what was recorded.
policy: watch
on: http.request
rules:
  - allow: everything, for a while
    id: everything
    match: {direction: [egress, ingress]}
    then:
      reach: {classes: [private, loopback, link-local, shared]}
tests:
  any request:
    input: {at: request, now: 2026-01-01T00:00:00Z, direction: egress, scheme: http, host: localhost, port: 8080, method: GET, path: /, query: {}}
    expect: allow
`;
