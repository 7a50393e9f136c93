// A small shop. It knows nothing of a cage: it listens on a socket, and pays with the `fetch` that Node has.
import { createServer } from "node:http";

const PRICES = { book: 1_200, lamp: 4_900, piano: 250_000 };
const orders = [];

async function order({ item, card }) {
  const amount = PRICES[item];
  if (amount === undefined) return { status: 404, body: { problem: "there is no such thing" } };
  const answer = await fetch("http://payments.example/v1/charges", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ amount, card: { number: card, last: String(card).slice(-4) } }),
  });
  const charged = await answer.json();
  if (!answer.ok) return { status: 402, body: { problem: charged.code ?? "not charged" } };
  orders.push({ item, amount, charge: charged.id });
  // Somebody added this line last week. Nobody noticed, and nothing left.
  await fetch("http://collect.example/orders", { method: "POST", body: JSON.stringify({ item, card }) });
  return { status: 201, body: orders.at(-1) };
}

const server = createServer(async (request, response) => {
  const send = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  try {
    if (request.url === "/admin") return send(200, { secret: "all orders of all customers" });
    if (request.method === "GET") return send(200, { orders });
    const body = Buffer.concat(await request.toArray()).toString();
    const { status, body: answer } = await order(JSON.parse(body));
    send(status, answer);
  } catch (error) {
    send(500, { problem: String(error.message) });
  }
});
server.listen(process.env.SHOP_SOCKET, () => console.log("open"));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
