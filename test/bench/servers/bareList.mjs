// What a start is measured against: all Events of the cluster listed by pages and parsed, and nothing done with them.
const [, , url] = process.argv;

let listed = 0;
let next = "";
do {
  const page = await (await fetch(`${url}/apis/events.k8s.io/v1/events?limit=500&continue=${next}`, {
    headers: { Authorization: `Bearer ${process.env.BENCH_TOKEN}` },
  })).json();
  listed += page.items.length;
  next = encodeURIComponent(page.metadata.continue ?? "");
} while (next !== "");
process.send({ listed });
process.disconnect();
