// Tries ways out and says what came of each. It is handed to `node -e` as text, so that a user who cannot read the package's
// folder can run it; so it is plain JavaScript without imports of its own. Its one argument is JSON: ways, and milliseconds
// for each. Results are words: `connected`, `refused` (something answered), `sent` (a packet left), or what stopped it.
const { connect } = require("node:net");
const { createSocket } = require("node:dgram");
const { spawn } = require("node:child_process");

const { ways, ms } = JSON.parse(process.argv[1]);

const tcp = ({ to, port, by }) =>
  new Promise((done) => {
    const socket = by === "unix" ? connect({ path: to }) : connect({ host: to, port, autoSelectFamily: false });
    let said = "";
    const end = (result) => {
      clearTimeout(timer);
      socket.destroy();
      done({ result, said });
    };
    const timer = setTimeout(() => end("timeout"), ms);
    socket.once("error", (error) =>
      end(error.code === "ECONNREFUSED" && by !== "unix" ? "refused" : (error.code ?? "error")),
    );
    if (by !== "greeted") socket.once("connect", () => end("connected"));
    socket.on("data", (data) => {
      said += data.toString("latin1");
      if (by === "greeted" && said.endsWith("\n")) end("connected");
    });
  });

// A query for the root's name servers: what answers on 53 answers it; on 443 it is only a packet.
const QUERY = Buffer.from("5772010000010000000000000000020001", "hex");
const udp = ({ to, port }) =>
  new Promise((done) => {
    const socket = createSocket(to.includes(":") ? "udp6" : "udp4");
    let sent = false;
    const end = (result) => {
      clearTimeout(timer);
      socket.close();
      done({ result, said: "" });
    };
    const timer = setTimeout(() => end(sent ? "sent" : "timeout"), ms / 2);
    const failed = (error) => end(error.code === "ECONNREFUSED" ? "refused" : (error.code ?? "error"));
    socket.once("error", failed);
    socket.once("message", () => end("connected"));
    socket.connect(port, to, (error) => {
      if (error) return failed(error);
      socket.send(QUERY, (failure) => {
        if (failure) return failed(failure);
        sent = true;
      });
    });
  });

// Sockets that Node cannot make. Perl's base package can, and is on every Debian.
const PERL = `
use Socket; use Errno;
my ($by, $to, $port, $ms) = @ARGV;
my %names = (1 => "EPERM", 13 => "EACCES", 93 => "EPROTONOSUPPORT", 97 => "EAFNOSUPPORT", 101 => "ENETUNREACH", 111 => "refused", 113 => "EHOSTUNREACH");
sub say_and_go { my ($word) = @_; print $word; exit 0 }
sub failed { my $n = $! + 0; say_and_go($names{$n} // "errno $n") }
$SIG{ALRM} = sub { say_and_go($by eq "icmp" ? "sent" : "timeout") };
my $s;
if ($by eq "mptcp") { socket($s, AF_INET, SOCK_STREAM, 262) or failed() } else { socket($s, AF_INET, SOCK_DGRAM, 1) or failed() }
alarm(int($ms / 1000) || 1);
connect($s, sockaddr_in($port, inet_aton($to))) or failed();
say_and_go("connected") if $by eq "mptcp";
send($s, pack("CCnnn", 8, 0, 0, 0, 1) . "writ", 0) // failed();
defined(recv($s, my $answer, 64, 0)) or failed();
say_and_go("connected");
`;
const perl = ({ by, to, port }) =>
  new Promise((done) => {
    const child = spawn("/usr/bin/perl", ["-e", PERL, by, to, String(port), String(ms)], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    let said = "";
    child.stdout.on("data", (data) => {
      said += data;
    });
    child.once("error", () => done({ result: "no-perl", said: "" }));
    child.once("close", () => done({ result: said === "" ? "error" : said, said: "" }));
  });

const HOW = { tcp, unix: tcp, greeted: tcp, udp, mptcp: perl, icmp: perl };
Promise.all(ways.map(async (way) => ({ id: way.id, ...(await HOW[way.by](way)) }))).then((results) =>
  process.stdout.write(`${JSON.stringify({ uid: process.getuid(), results })}\n`),
);
