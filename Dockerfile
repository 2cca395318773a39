# The image of the operator. What gets in is what .dockerignore lets through, production packages, and Node's
# compile cache; nothing is compiled, and the network is needed for the npm registry only.
#
#   docker build -t pawl .
#   docker buildx build --platform linux/amd64,linux/arm64 --push -t REGISTRY/pawl:TAG .
#
# NODE_IMAGE needs npm, BASE_IMAGE only Node of the same release; a distroless one will do. Give both by digest.
ARG NODE_IMAGE=docker.io/library/node:24-slim
ARG BASE_IMAGE=${NODE_IMAGE}

# The web page: files for browsers, which do not depend on the platform. BuildKit names the one it builds on; for buildah
# and podman the name is empty, which is their own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS page
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY text text
COPY api api
COPY ui ui
RUN node ui/build.ts

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# client-node only reads kubeconfig files, which a pod has none of, and with its own packages is two thirds of all.
# Types and source maps are read by nobody here; licences stay.
RUN npm ci --omit=dev --ignore-scripts \
 && npm pkg delete 'dependencies.@kubernetes/client-node' \
 && npm prune --omit=dev --ignore-scripts --offline \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete \
 && find node_modules -type d -empty -delete \
 && rm -rf node_modules/.bin node_modules/.package-lock.json
COPY . .
RUN rm -r package-lock.json .npmrc tsconfig.json ui
COPY --from=page /app/dist/ui dist/ui

# The cache is looked up by Node's release, the processor's features and the user's id, so it is made as the user of
# the final image. Where one of them differs at run time it is not used: a start two to four times as long, no harm.
RUN install -d -o 65532 -g 65532 .compile-cache
USER 65532:65532
RUN export NODE_COMPILE_CACHE=/app/.compile-cache \
 && node operator/main.ts --help > /dev/null \
 && node -e 'import("./history/settle/thinker-thread.ts").then(() => import("./server/heavy-thread.ts")).then(() => import("node-pg-migrate"))' \
 && node -e 'import("./operator/serve.ts")'
USER 0:0
RUN chown -R 0:0 . && chmod -R a+rX,go-w .

FROM ${BASE_IMAGE}
ARG VERSION=dev
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="Pawl" \
      org.opencontainers.image.description="Versioned, merge-safe configuration for Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=build /app /app
WORKDIR /app
# Left alone, V8 lets the heap grow to 259 MiB in a container of 128 MiB, and is killed there; what is not heap needs the
# rest. Small semi-spaces cost some collections and save memory. Of four helper threads, which count in no tenant's share, the
# garbage of one hostile text would take all there is of two processors. Distroless images keep node in /nodejs/bin.
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/.compile-cache \
    MALLOC_ARENA_MAX=2 \
    NODE_OPTIONS="--max-old-space-size-percentage=60 --max-semi-space-size=4 --v8-pool-size=1" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/nodejs/bin
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["node", "operator/main.ts"]
