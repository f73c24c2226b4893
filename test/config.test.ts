// The configuration: which origin wins, and what each fault says.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError, helpText, type Invocation, readCommand } from "../src/config.ts";
import { type Config, SETTINGS } from "../src/settings.ts";

function configOf(argv: readonly string[], env: Invocation["env"] = {}): Config {
  const command = readCommand({ argv, env });
  if (command.run !== "gateway") throw new Error(`a command to ${command.run}`);
  return command.config;
}

function fileOf(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "khook-gateway-config-")), "config.yaml");
  writeFileSync(path, content);
  return path;
}

test("without anything said, every default holds", () => {
  expect(configOf([])).toMatchObject({
    port: 8082,
    dedupWindow: 600_000,
    retentionAge: 30 * 86_400_000,
    retentionSize: 2 ** 30,
    watchNamespaces: [],
    kubeconfig: undefined,
    demo: false,
    graphqlMode: "open",
    graphqlIntrospection: true,
    graphqlPlayground: true,
    logLevel: "info",
  });
});

test("a flag wins over the environment, that over the file, that over the default", () => {
  const config = fileOf("port: 1\ndedupWindow: 1m\nretentionAge: 1d\nwatchNamespaces: [a, b]\n");
  const env = { KHOOK_GATEWAY_PORT: "2", KHOOK_GATEWAY_DEDUP_WINDOW: "2m", LOG_LEVEL: "DEBUG" };
  expect(configOf(["--config", config, "--port=3"], env)).toMatchObject({
    port: 3,
    dedupWindow: 120_000,
    retentionAge: 86_400_000,
    watchNamespaces: ["a", "b"],
    logLevel: "debug",
  });
});

test("the variables that Kubernetes makes of a Service called khook-gateway are not taken for settings", () => {
  expect(configOf([], { KHOOK_GATEWAY_PORT: "tcp://10.96.3.7:8082" }).port).toBe(8082);
});

test.each([
  [":8080", { host: undefined, port: 8080 }],
  ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
  ["[::1]:9090", { host: "::1", port: 9090 }],
  ["metrics.local:80", { host: "metrics.local", port: 80 }],
  ["0", null],
])("an address to serve metrics at is read as controller-runtime reads it: %s", (text, address) => {
  expect(configOf([], { METRICS_BIND_ADDRESS: text }).metricsBindAddress).toEqual(address);
});

test.each(["8080", ":65536", "::1:80", "host:", "1"])("and %s is none", (text) => {
  expect(() => configOf(["--metrics-bind-address", text])).toThrow(
    `--metrics-bind-address: "${text}" must be HOST:PORT`,
  );
});

test("the origin of each value is told", () => {
  const command = readCommand({ argv: ["--port", "0"], env: { LOG_LEVEL: "warn" } });
  expect(command).toMatchObject({ origins: { port: "flag", logLevel: "environment", host: "default" } });
});

describe("one line names the fault and what would be right", () => {
  test.each([
    [["--port", "http"], '--port: "http" must be a whole number from 0 to 65535'],
    [["--port"], "--port needs a value"],
    [["--prot=1"], "unknown flag --prot: did you mean --port?"],
    [["--prt", "1"], "unknown flag --prt: did you mean --port?"],
    [["--zzzzzzzz"], /^unknown flag --zzzzzzzz$/],
    [["serve"], 'unexpected argument "serve"'],
    [
      ["--dedup-window=10"],
      '--dedup-window: "10" must be a duration above zero and of at most 100 years, such as 30s, 15m, 24h or 7d',
    ],
    [["--event-ttl=99999999d"], '--event-ttl: "99999999d" must be a duration above zero and of at most 100 years'],
    [["--retention-size", "5"], '--retention-size: "5" must be a size of at least 1MiB, such as 512MiB or 1GiB'],
    [["--demo=yes"], '--demo: "yes" must be true or false'],
    [["--graphql-mode=closed"], '--graphql-mode: "closed" must be one of open, persisted'],
    [["--log-level=loud"], '--log-level: "loud" must be one of trace, debug, info, warn, error, silent'],
    [["--config=/nonexistent/x.yaml"], "configuration file /nonexistent/x.yaml: ENOENT"],
  ])("%j", (argv, message) => {
    expect(() => configOf(argv)).toThrow(ConfigError);
    expect(() => configOf(argv)).toThrow(message);
  });

  test.each([
    ["prot: 1", 'unknown key prot: did you mean "port"?'],
    ["- 1", "must hold keys and values"],
    ["port: {a: 1}", "port must be a single value"],
    ["port: abc", 'port in the configuration file: "abc" must be a whole number from 0 to 65535'],
    ["a: [", "configuration file"],
  ])("file %j", (content, message) => {
    const path = fileOf(content);
    expect(() => configOf(["--config", path])).toThrow(ConfigError);
    expect(() => configOf(["--config", path])).toThrow(message);
  });

  test("a variable is named by its own name", () => {
    expect(() => configOf([], { KHOOK_GATEWAY_PORT: "-1" })).toThrow('KHOOK_GATEWAY_PORT: "-1" must be a whole number');
  });
});

test("help lists every flag with its variable", () => {
  const help = helpText();
  for (const { flag, env } of Object.values(SETTINGS)) {
    expect(help).toContain(`--${flag} `);
    for (const variable of env) expect(help).toContain(variable);
  }
});

describe("validate", () => {
  const commandOf = (...argv: string[]) => readCommand({ argv: ["validate", ...argv], env: {} });

  test("takes files, what is piped in, and a format", () => {
    expect(commandOf("a.yaml", "-")).toEqual({ run: "validate", files: ["a.yaml", "-"], format: "text" });
    expect(commandOf("--format=github", "a")).toEqual({ run: "validate", files: ["a"], format: "github" });
    expect(commandOf("--format", "json", "--", "--a")).toEqual({ run: "validate", files: ["--a"], format: "json" });
    expect(commandOf("--help")).toEqual({ run: "help" });
  });

  test.each([
    [[], "name at least one FILE"],
    [["--format=xml", "a"], "must be one of text, github, json"],
    [["a", "--format"], "must be one of text, github, json"],
    [["--frmat=json", "a"], 'did you mean "--format"?'],
  ])("refuses %j", (argv, message) => {
    expect(() => commandOf(...argv)).toThrow(ConfigError);
    expect(() => commandOf(...argv)).toThrow(message);
  });
});

test.each([
  [":8081", { host: undefined, port: 8081 }],
  ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
  ["[::1]:8081", { host: "::1", port: 8081 }],
  ["probes.local:9", { host: "probes.local", port: 9 }],
  ["0", null],
])("the address of the probes can be %s", (text, address) => {
  expect(configOf([], { HEALTH_PROBE_BIND_ADDRESS: text }).healthProbeBindAddress).toEqual(address);
});

test.each(["8081", ":", ":65536", "::1:8081", "[::1]", "a:b", "http://x:1"])(
  "the address of the probes cannot be %s",
  (text) => {
    expect(() => configOf(["--health-probe-bind-address", text])).toThrow(/must be HOST:PORT or :PORT/);
  },
);

test("there may be no delay before a stop, which is the default", () => {
  expect(configOf([]).shutdownDelay).toBe(0);
  expect(configOf(["--shutdown-delay", "0"]).shutdownDelay).toBe(0);
  expect(configOf(["--shutdown-delay", "5s"]).shutdownDelay).toBe(5_000);
  expect(() => configOf(["--shutdown-delay", "-1s"])).toThrow(/must be a duration/);
});

test("settings are shown as they were given and where, without what is secret in a URL", () => {
  const env = { KAGENT_API_URL: "http://me:p@ss@kagent:8083/api?token=abc" };
  const command = readCommand({ argv: ["--port", "0"], env });
  if (command.run !== "gateway") throw new Error("no gateway");
  const shown = new Map(command.settings.map(({ flag, ...rest }) => [flag, rest]));
  expect(shown.get("--port")).toEqual({ value: "0", origin: "flag" });
  expect(shown.get("--kagent-api-url")).toEqual({ value: "http://***@kagent:8083/api?***", origin: "environment" });
  expect(shown.get("--host")).toEqual({ value: "127.0.0.1", origin: "default" });
  expect(shown.get("--context")).toEqual({ value: null, origin: "default" });
  expect(shown.size).toBe(Object.keys(SETTINGS).length);
});

test.each([
  ["--oidc-issuer-url", "http://login.example.com", "must be an https URL without a query"],
  ["--oidc-issuer-url", "https://login.example.com/?tenant=1", "must be an https URL without a query"],
  ["--oidc-issuer-url", "https://me:secret@login.example.com", "must be an https URL without a query"],
  ["--oidc-jwks-url", "http://keys.example.com/keys", "must be an https URL"],
  ["--oidc-username-claim", "", "must not be empty"],
  ["--proxy-trusted-addresses", "10.0.0.7,10.0.0.0/33", "which 10.0.0.0/33 is not"],
  ["--proxy-trusted-addresses", "proxy.example.com", "which proxy.example.com is not"],
  ["--proxy-user-header", "X Forwarded", "must be the name of a header"],
])("%s %s cannot be, and it is said what can", (flag, value, message) => {
  expect(() => configOf([`${flag}=${value}`])).toThrow(message);
});

test("an identity provider and a proxy are read as they are given", () => {
  const flags = ["--oidc-issuer-url=https://login.example.com/realms/a", "--oidc-jwks-url=http://127.0.0.1:1/keys?p=1"];
  expect(configOf([...flags, "--proxy-trusted-addresses=10.0.0.7, fd00::/8"])).toMatchObject({
    oidcIssuerUrl: "https://login.example.com/realms/a",
    oidcJwksUrl: "http://127.0.0.1:1/keys?p=1",
    oidcClientId: undefined,
    oidcUsernameClaim: "sub",
    oidcUsernamePrefix: undefined,
    oidcGroupsClaim: "groups",
    proxyTrustedAddresses: [
      { address: "10.0.0.7", prefix: 32, family: "ipv4" },
      { address: "fd00::", prefix: 8, family: "ipv6" },
    ],
    proxyUserHeader: "X-Forwarded-User",
    proxyGroupsHeader: "X-Forwarded-Groups",
  });
});

test.each([
  ["auto", "auto"],
  ["off", null],
  ["0", null],
  ["200/s", { perSecond: 200, burst: 200 }],
  ["600/m:1000", { perSecond: 10, burst: 1_000 }],
])("a rate of %s is read", (text, rate) => {
  expect(configOf(["--rate-limit-requests", text]).rateLimitRequests).toEqual(rate);
});

test.each([
  [["--rate-limit-cost", "many"], /--rate-limit-cost: "many" must be a rate such as 200\/s/],
  [["--cors-allowed-origins", "*"], /--cors-allowed-origins: "\*" must name each origin/],
  [
    ["--cors-allowed-origins", "https://a.example,ui.example.com"],
    /must be origins such as https:\/\/ui\.example\.com/,
  ],
  [["--cors-allowed-origins", "https://ui.example.com/app"], /without a path/],
  [["--cors-allowed-origins", "https://ui.example.com/"], /without a path/],
  [["--allowed-hosts", "https://gw.example.com"], /--allowed-hosts: .* must be host names/],
  [["--allowed-hosts", "gw.example.com:8082"], /without a scheme or a port/],
  [["--max-requests-in-flight", "-1"], /must be a whole number from 0/],
])("%j is refused, saying what would be right", (argv, message) => {
  expect(() => configOf(argv)).toThrow(ConfigError);
  expect(() => configOf(argv)).toThrow(message);
});

test("origins and hosts are lists, without regard to case", () => {
  expect(
    configOf([
      "--cors-allowed-origins=https://UI.example.com, http://localhost:3000",
      "--allowed-hosts=GW.example.com,10.0.0.7",
    ]),
  ).toMatchObject({
    corsAllowedOrigins: ["https://ui.example.com", "http://localhost:3000"],
    allowedHosts: ["gw.example.com", "10.0.0.7"],
  });
});
