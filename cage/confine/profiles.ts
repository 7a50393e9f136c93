// What the operating system is told so that an application reaches nothing but its cage: a drop-in of systemd, rules of
// nftables, a launcher for Landlock. They are texts, made from a few names. Hooks inside the application are not among them:
// they stop only who wants to be stopped.
import { parseIp } from "../../vm/index.ts";

/** Where the cage listens, as the application reaches it. */
export type CagePlace =
  | { readonly kind: "tcp"; readonly ip: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export interface ProfileOptions {
  /** The user the application runs as, and nobody else. */
  readonly user: string;
  readonly cage: CagePlace;
}

export interface Profile {
  /** Name of the file it is written to. */
  readonly file: string;
  /** Where it belongs and how it is switched on, a line each. */
  readonly use: readonly string[];
  readonly text: string;
  readonly mode: number;
}

/** `127.0.0.1:7440`, `[::1]:7440`, `unix:/run/writ/cage.sock`; null when it is none. A cage beyond this machine is none. */
export function readPlace(text: string): CagePlace | null {
  if (/^unix:\/[\w./-]{1,100}$/.test(text) && !text.includes("..")) return { kind: "unix", path: text.slice(5) };
  const parts = /^(?:\[([0-9a-f:]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text);
  const ip = parts?.[1] ?? parts?.[2] ?? "";
  const port = Number(parts?.[3]);
  const bytes = parseIp(ip);
  const loopback = bytes !== undefined && (bytes.length === 4 ? bytes[0] === 127 : ip === "::1");
  return loopback && port >= 1 && port <= 65_535 ? { kind: "tcp", ip, port } : null;
}

/** A name useradd takes, or a number, and not root: nothing that means something in a file of rules. */
export const isUserName = (user: string): boolean =>
  /^(?:[a-z_][a-z0-9_-]{0,31}|[1-9]\d{0,9})$/.test(user) && user !== "root";

export function profiles(options: ProfileOptions): readonly Profile[] {
  return [systemd(options), nftables(options), landlock(options)];
}

/** Sockets of services that would look up names, or start programs, for whoever asks. */
export const SYSTEM_SOCKETS = [
  "/run/dbus/system_bus_socket",
  "/run/systemd/resolve/io.systemd.Resolve",
  "/run/systemd/resolve/io.systemd.Resolve.Monitor",
  "/run/nscd/socket",
  "/run/docker.sock",
  "/run/containerd/containerd.sock",
  "/run/crio/crio.sock",
  "/run/podman/podman.sock",
  "/run/snapd.socket",
  "/run/avahi-daemon/socket",
] as const;

function systemd({ user, cage }: ProfileOptions): Profile {
  const network =
    cage.kind === "unix"
      ? [
          "# An own network without any interface but an empty loopback: the socket of the cage is the one way out.",
          "PrivateNetwork=yes",
          "RestrictAddressFamilies=AF_UNIX",
        ]
      : [
          "# Packets to other addresses are dropped. Other ports of this one stay open: the rules of nftables close them.",
          "IPAddressDeny=any",
          `IPAddressAllow=${cage.ip}`,
          "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
        ];
  return {
    file: "writ-cage.conf",
    use: [
      "to /etc/systemd/system/APPLICATION.service.d/, with the name of its service",
      "systemctl daemon-reload && systemctl restart APPLICATION",
    ],
    mode: 0o644,
    text: `${[
      "# The application reaches the cage and nothing else.",
      "[Unit]",
      "After=writ-cage.service",
      "Wants=writ-cage.service",
      "",
      "[Service]",
      `User=${user}`,
      ...network,
      "# A program with rights of its own would be another user's: ping, sudo, su.",
      "NoNewPrivileges=yes",
      "CapabilityBoundingSet=",
      "AmbientCapabilities=",
      "RestrictNamespaces=yes",
      "# Services that ask the network for others: names, containers, units.",
      `InaccessiblePaths=${SYSTEM_SOCKETS.map((path) => `-${path}`).join(" ")}`,
      "# Nobody else's memory, and no new socket through another's hands.",
      "ProtectProc=invisible",
      "PrivateTmp=yes",
      "SystemCallFilter=~@mount ptrace pidfd_getfd",
    ].join("\n")}\n`,
  };
}

function nftables({ user, cage }: ProfileOptions): Profile {
  const out =
    cage.kind === "tcp"
      ? [`    ${cage.ip.includes(":") ? "ip6" : "ip"} daddr ${cage.ip} tcp dport ${cage.port} accept`]
      : [];
  return {
    file: "writ-cage.nft",
    use: [
      "to /etc/nftables.d/, included by /etc/nftables.conf",
      "nft -f writ-cage.nft (before the application starts; the name of the user is looked up now)",
    ],
    mode: 0o644,
    text: `${[
      "#!/usr/sbin/nft -f",
      `# Packets of the user ${user} go to the cage or nowhere, whatever program sends them, in whatever protocol.`,
      "table inet writ_cage",
      "delete table inet writ_cage",
      "table inet writ_cage {",
      "  chain output {",
      "    type filter hook output priority filter - 10; policy accept;",
      `    meta skuid ${user} jump confined`,
      "  }",
      "  chain confined {",
      ...out,
      "    # Answers of a server of its own, to callers on this machine: the cage stands before it, too.",
      '    oif "lo" ct state established ct direction reply accept',
      "    counter reject with icmpx admin-prohibited",
      "  }",
      "}",
    ].join("\n")}\n`,
  };
}

/** In Perl, because its base package is on every Debian and can make system calls that have no name in libc. */
function landlock({ cage }: ProfileOptions): Profile {
  return {
    file: "writ-landlock",
    use: [
      "to /usr/local/bin/; needs no rights, Linux 6.7",
      "setpriv --no-new-privs -- writ-landlock PROGRAM ARGUMENTS…",
      "a second wall only: Landlock sees ports, not addresses, and TCP alone (no UDP, no MPTCP)",
    ],
    mode: 0o755,
    text: `#!/usr/bin/perl
# Runs a program that can open TCP connections to the port of the cage only, and listen on none. What cannot be
# enforced here is not run.
use strict;
use warnings;

die "usage: setpriv --no-new-privs -- writ-landlock PROGRAM ARGUMENTS...\\n" if @ARGV == 0;
# landlock_create_ruleset, landlock_add_rule, landlock_restrict_self: the same numbers on every architecture.
my ($CREATE, $ADD, $RESTRICT) = (444, 445, 446);
my $abi = syscall($CREATE, 0, 0, 1);
die "this kernel has no Landlock for TCP (it says version $abi, 4 is needed); the program was not started\\n" if $abi < 4;

# No right on files; listening and connecting by TCP (1 | 2); from version 6 on also abstract sockets and signals (1 | 2).
my $rules = pack("Q<Q<", 0, 3) . ($abi >= 6 ? pack("Q<", 3) : "");
my $set = syscall($CREATE, $rules, length $rules, 0);
die "no set of rules: $!\\n" if $set < 0;
for my $port (${cage.kind === "tcp" ? cage.port : ""}) {
  my $rule = pack("Q<Q<", 2, $port);
  syscall($ADD, $set, 2, $rule, 0) == 0 or die "no rule for port $port: $!\\n";
}
syscall($RESTRICT, $set, 0) == 0 or die "the rules do not hold: $! (is --no-new-privs set?)\\n";
exec { $ARGV[0] } @ARGV or die "cannot run $ARGV[0]: $!\\n";
`,
  };
}
