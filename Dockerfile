# The image of the operator. What gets in is what .dockerignore lets through, production packages, Node's compile cache,
# and of an operating system Node with its libraries; nothing is compiled, and the network is needed for the npm registry only.
# Invariant: one commit on one NODE_IMAGE gives the same bytes twice; every file that gets in has the time 0.
#
#   docker build -t pawl .
#   docker buildx build --platform linux/amd64,linux/arm64 --push -t REGISTRY/pawl:TAG .
#
# NODE_IMAGE is a Debian with Node and npm; give it by digest.
ARG NODE_IMAGE=docker.io/library/node:24-slim

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
# Nobody here reads types, source maps, TypeScript (Node strips none in packages), tests or pages; licences stay, and READMEs,
# where some packages have theirs.
RUN npm ci --omit=dev --ignore-scripts \
 && npm pkg delete 'dependencies.@kubernetes/client-node' \
 && npm prune --omit=dev --ignore-scripts --offline \
 && find node_modules -regextype posix-extended -type d \
      -regex '(.*/)?node_modules/(@[^/]+/)?[^/@.][^/]*/(tests?|__tests__|docs?|examples?|bench(mark)?s?|integration|\.github)' \
      -prune -exec rm -r {} + \
 && find node_modules -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' -o -name '*.md' \) \
      ! -iname 'readme*' ! -iname '*licen[cs]e*' ! -iname '*notice*' -delete \
 && find node_modules -type d -empty -delete \
 && rm -rf node_modules/.bin node_modules/.package-lock.json
COPY . .
RUN rm -r package-lock.json .npmrc tsconfig.json ui
COPY --from=page /app/dist/ui dist/ui

# The cache is looked up by Node's release, the processor's features and the user's id, so it is made as the user of
# the final image. Where one of them differs at run time it is not used: a start two to four times as long, no harm.
# V8 leaves --predictable out of what it looks up, and without it writes another cache each time.
RUN install -d -o 65532 -g 65532 .compile-cache
USER 65532:65532
RUN export NODE_COMPILE_CACHE=/app/.compile-cache \
 && node --predictable operator/main.ts --help > /dev/null \
 && node --predictable -e 'import("./history/settle/thinker-thread.ts").then(() => import("./server/heavy-thread.ts")).then(() => import("node-pg-migrate"))' \
 && node --predictable -e 'import("./operator/serve.ts")'
USER 0:0
RUN chown -R 0:0 . && chmod -R a+rX,go-w . && find . -type f -exec chmod a-x {} + \
 && mkdir /image && cp -a /app /image/ && find /image -exec touch -h -d @0 {} +

# What stays of the operating system: Node, the libraries it is linked with, and what tells scanners and readers where these
# come from, which is the packages' own words and licences. No shell, no package manager, no setuid program.
FROM ${NODE_IMAGE} AS system
RUN set -eu; mkdir /system; cd /system; mkdir -p etc tmp usr/lib usr/local/bin usr/share var/lib/dpkg/status.d; chmod 1777 tmp; \
    node="$(readlink -f "$(command -v node)")"; cp "$node" usr/local/bin/node; packages=base-files; \
    for library in $(ldd "$node" | grep -o '/[^ ]*'); do \
      install -D "$library" ".$library"; \
      owner="$(dpkg-query -S "*/${library##*/}")"; packages="$packages ${owner%%:*}"; \
    done; \
    for package in $packages; do \
      dpkg-query -s "$package" > "var/lib/dpkg/status.d/$package"; \
      if [ -e "/usr/share/doc/$package/copyright" ]; then \
        install -D -m 644 "/usr/share/doc/$package/copyright" "usr/share/doc/$package/copyright"; \
      fi; \
    done; \
    if [ -e /usr/local/LICENSE ]; then cp /usr/local/LICENSE usr/local/; fi; \
    cp -a /usr/share/common-licenses usr/share/; cp -L /etc/os-release usr/lib/; ln -s ../usr/lib/os-release etc/os-release; \
    cp /etc/debian_version /etc/nsswitch.conf etc/; \
    printf '%s\n' 'root:x:0:0:root:/:/sbin/nologin' 'pawl:x:65532:65532:Pawl:/app:/sbin/nologin' > etc/passwd; \
    printf '%s\n' 'root:x:0:' 'pawl:x:65532:' > etc/group; \
    find . -exec touch -h -d @0 {} +

FROM scratch
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
COPY --from=system /system /
COPY --from=build /image /
WORKDIR /app
# Left alone, V8 lets the heap grow to 259 MiB in a container of 128 MiB, and is killed there; what is not heap needs the
# rest. Small semi-spaces cost some collections and save memory. Of four helper threads, which count in no tenant's share, the
# garbage of one hostile text would take all there is of two processors.
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/.compile-cache \
    MALLOC_ARENA_MAX=2 \
    NODE_OPTIONS="--max-old-space-size-percentage=60 --max-semi-space-size=4 --v8-pool-size=1" \
    PATH=/usr/local/bin
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["node", "operator/main.ts"]
