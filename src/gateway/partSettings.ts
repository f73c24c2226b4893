// The settings of the parts, by the names that the parts have for them.
// Nothing is decided here.
import type { AccessOptions } from "../access/createAccess.ts";
import type { ApiOptions } from "../http/api.ts";
import { hostRule } from "../http/hosts.ts";
import { ratesOf } from "../http/limits/rates.ts";
import type { Config } from "../settings.ts";

export function accessSettings(config: Config): Pick<AccessOptions, "audiences" | "recheck" | "oidc" | "proxy"> {
  return {
    audiences: config.authAudiences,
    recheck: config.streamRecheck,
    oidc: {
      issuerUrl: config.oidcIssuerUrl,
      clientId: config.oidcClientId,
      jwksUrl: config.oidcJwksUrl,
      caFile: config.oidcCaFile,
      usernameClaim: config.oidcUsernameClaim,
      usernamePrefix: config.oidcUsernamePrefix,
      groupsClaim: config.oidcGroupsClaim,
      groupsPrefix: config.oidcGroupsPrefix,
    },
    proxy: {
      trustedAddresses: config.proxyTrustedAddresses,
      secretFile: config.proxySecretFile,
      hasClientCa: config.tlsClientCaFile !== undefined,
      userHeader: config.proxyUserHeader,
      groupsHeader: config.proxyGroupsHeader,
    },
  };
}

type SetOfApi = "tokenInQuery" | "graphqlPolicy" | "guard" | "streamLimits";

export function apiSettings(config: Config, areCallersProven: boolean): Pick<ApiOptions, SetOfApi> {
  return {
    tokenInQuery: config.streamQueryToken,
    graphqlPolicy: {
      mode: config.graphqlMode,
      introspection: config.graphqlIntrospection,
      playground: config.graphqlPlayground,
    },
    guard: {
      rates: ratesOf(
        {
          requests: config.rateLimitRequests,
          cost: config.rateLimitCost,
          streams: config.rateLimitStreams,
          failures: config.rateLimitFailures,
        },
        areCallersProven,
      ),
      maxInFlight: config.maxRequestsInFlight,
      allowedOrigins: config.corsAllowedOrigins,
      hosts: hostRule({
        listening: config.host,
        allowed: config.allowedHosts,
        areCallersProven,
      }),
    },
    streamLimits: {
      streams: config.maxStreams,
      perCaller: config.maxStreamsPerClient,
      stall: config.streamStallTimeout,
      filterChanges: config.streamFilterChanges,
      messageBytes: config.streamMessageSize,
      initTimeout: config.streamInitTimeout,
    },
  };
}
