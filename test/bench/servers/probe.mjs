// Loaded into the gateway's process before it starts: tells its event-loop delay when asked, and can set its clock ahead,
// so that it lives in the time of the dataset. It changes nothing else, and does nothing until it is asked.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const ahead = Number(process.env.BENCH_CLOCK_AHEAD ?? 0);
if (ahead !== 0) {
  const now = Date.now;
  Date.now = () => now() + ahead;
}

if (isMainThread && process.send) {
  const RESOLUTION_MS = 2; // part of every delay that is measured
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  process.on("message", (message) => {
    if (message.delays === "start") {
      delays.enable();
      delays.reset();
      process.send({ measuring: true });
    } else if (message.delays === "stop") {
      delays.disable();
      const millis = (share) => delays.percentile(share) / 1e6;
      process.send({ delay: { p50: millis(50), p99: millis(99), max: delays.max / 1e6 } });
    }
  });
  process.on("disconnect", () => process.kill(process.pid, "SIGTERM")); // nobody is left to end it
  process.channel.unref();
}
