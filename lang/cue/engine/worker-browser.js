// The engine's worker in a browser. Messages that come while the support code is being loaded wait in `early`.
const early = [];
let receive = (message) => early.push(message);
self.onmessage = (event) => receive(event.data);
const { serve } = await import("./worker.js");

serve({
  post: (message) => self.postMessage(message),
  listen(listener) {
    receive = listener;
    for (const message of early) listener(message);
  },
});
