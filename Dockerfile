# The image of khook-gateway: Node, what is run, its data directory; no shell, no npm, nothing to build with, nobody's rights.
# What is built is the same for every platform, as nothing in it is native code: it is built once, on the builder's own.

FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# Half of it is nothing that Node loads: types, source maps, binaries for another runtime, the packages' own tests.
RUN find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.bare' \) -delete
RUN find node_modules -type d \( -name .bin -o -name test -o -name tests -o -name __tests__ \) -prune -exec rm -r {} +
RUN chmod -R a+rX node_modules

FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY schema/openapi.json ./schema/
RUN npm run build -- --sourceMap false --declaration false
# The client is for programs that talk to the gateway, and what writes tables into READMEs for its developers.
RUN rm -rf dist/client dist/readme.js dist/chartReadme.js
RUN mkdir data && chmod -R a+rX package.json schema dist

FROM gcr.io/distroless/nodejs24-debian13:nonroot
LABEL org.opencontainers.image.title="khook-gateway" \
      org.opencontainers.image.description="A typed GraphQL, REST and streaming API over what khook does: what fired, what was suppressed, what an agent call came to." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot"
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/package.json ./
COPY --from=build /app/schema ./schema
COPY --from=build /app/dist ./dist
COPY --from=build --chown=65532:65532 /app/data /data
# It has to be reached from outside of its container, so every caller needs a token, unless --auth-modes says otherwise.
ENV NODE_ENV=production \
    KHOOK_GATEWAY_HOST=0.0.0.0 \
    KHOOK_GATEWAY_DATA_DIR=/data \
    HEALTH_PROBE_BIND_ADDRESS=:8081
USER 65532:65532
VOLUME /data
EXPOSE 8082 8081 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:' + process.env.HEALTH_PROBE_BIND_ADDRESS.split(':').pop() + '/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself and not npm, so that it gets the signals; with the flags of npm start.
ENTRYPOINT ["/nodejs/bin/node", "--disable-warning=ExperimentalWarning", "--max-semi-space-size=8", "--heap-growing-percent=15", "/app/dist/main.js"]
