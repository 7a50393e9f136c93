// Tunnels, interceptions and TLS to upstreams.

export {
  type Authority,
  certificateIn,
  initAuthority,
  readAuthorityFolder,
} from "./authority.ts";
export { callerOf, IngressTls, type IngressTlsFiles } from "./ingress.ts";
export { createInterceptor, type Interceptor } from "./intercept.ts";
export { originate, originateOptions, type TlsFacts, type Trust, tlsFacts, upstreamTlsProblem } from "./originate.ts";
export {
  TUNNEL_PROBLEMS,
  type TunnelWord,
  UPSTREAM_TLS_PROBLEMS,
  type UpstreamTlsWord,
} from "./problems.ts";
export { createTunnel, type TunnelOptions } from "./tunnel.ts";
