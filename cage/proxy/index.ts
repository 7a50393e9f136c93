// The proxy of the cage: egress and ingress in one process, every request decided by a gate and recorded before it is sent.
export type { Health } from "./admin.ts";
export type { Denial } from "./answers.ts";
export { type Cage, type CageOptions, listen, startCage } from "./cage.ts";
export { onlyOwn } from "./duties.ts";
export { Numbers } from "./numbers.ts";
export { isMetadata, outOfReach } from "./reach.ts";
export { LIMITS, type Limits, type ListenAt, type Place, readPlace } from "./settings.ts";
export type { Tunnel, TunnelHost, TunnelRequest } from "./tunnel.ts";
export { readUpstream, type Upstream } from "./upstreams.ts";
export { PROXY_WORDS, type ProxyWord } from "./words.ts";
