# Two images: `docker build --target operator .` and `docker build --target worker .`
# glibc only: Temporal's native core has no build for musl, so no Alpine.
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

# Without npm, yarn and corepack: nothing installs packages at run time, and nothing should be able to.
FROM ${NODE_IMAGE} AS runtime
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
 && echo 'durable-agents:x:10001:' >> /etc/group \
 && echo 'durable-agents:x:10001:10001::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
ENV NODE_ENV=production
WORKDIR /app
USER 10001:10001

# Both secrets are optional: an npmrc for a registry of your own, and the certificate authorities it is signed by.
# No package runs a script of its own: none of them needs to.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=ca,target=/run/secrets/ca.crt \
    NODE_EXTRA_CA_CERTS=/run/secrets/ca.crt \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error

FROM dependencies AS operator-build
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=ca,target=/run/secrets/ca.crt \
    NODE_EXTRA_CA_CERTS=/run/secrets/ca.crt \
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY scripts/build.ts scripts/
COPY crds crds
COPY operator operator
RUN node scripts/build.ts operator

FROM dependencies AS worker-build
# What the worker never loads: the operator's Kubernetes client, and Temporal's native core for other platforms.
RUN npm pkg delete 'dependencies.@kubernetes/client-node' \
 && npm prune --omit=dev --ignore-scripts --offline --no-audit --no-fund --loglevel=error \
 && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +
COPY scripts/build.ts scripts/
COPY crds crds
COPY worker-image worker-image
RUN node scripts/build.ts worker

FROM runtime AS operator
LABEL org.opencontainers.image.title="durable-agents operator" \
      org.opencontainers.image.description="Turns DurableAgent resources into fleets of Temporal workers" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=operator-build /build/dist/operator.mjs ./
# Of the container's memory limit, which Node reads from the cgroup; the rest is for buffers and code.
ENV NODE_OPTIONS=--max-old-space-size-percentage=60
EXPOSE 8080
# What an idle operator keeps resident is mostly garbage not yet collected: a small young generation and one malloc arena
# take about a tenth off.
ENV MALLOC_ARENA_MAX=1
ENTRYPOINT ["node", "--max-semi-space-size=1", "--optimize-for-size", "operator.mjs"]

FROM runtime AS worker
LABEL org.opencontainers.image.title="durable-agents worker" \
      org.opencontainers.image.description="Runs agents as Temporal workflows and activities" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=worker-build /build/node_modules node_modules
COPY --from=worker-build /build/dist/workflow-bundle.js dist/
COPY package.json ./
COPY examples examples
COPY crds crds
COPY worker-image worker-image
EXPOSE 9464
ENTRYPOINT ["node", "worker-image/main.ts"]
