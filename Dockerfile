# The image holds the program, the libraries it links, root certificates, and nothing else: no shell, no packages.
#
#   docker build -t headscale-usher .
#   docker run -d --read-only -v usher-data:/data -v ./config.toml:/etc/headscale-usher/config.toml:ro headscale-usher
#   docker run --rm -v ./config.toml:/etc/headscale-usher/config.toml:ro headscale-usher check
#
# Both base images must have the same glibc. Any local images do, such as a mirror's.
ARG BUILD_IMAGE=docker.io/library/rust:1.95-bookworm
ARG RUNTIME_IMAGE=docker.io/library/debian:bookworm-slim

# -- The program. ------------------------------------------------------------------------------------------------------
FROM ${BUILD_IMAGE} AS build
RUN pkg-config --exists openssl \
    || (apt-get update && apt-get install -y --no-install-recommends libssl-dev pkg-config)
WORKDIR /build

# Dependencies, with empty programs in the place of ours: this layer lasts until a manifest or the lock file changes.
COPY Cargo.toml Cargo.lock ./
COPY migration/Cargo.toml migration/
COPY tests/sandbox/Cargo.toml tests/sandbox/
COPY tests/stage/Cargo.toml tests/stage/
COPY tests/stand-ins/Cargo.toml tests/stand-ins/
RUN mkdir -p src migration/src tests/sandbox/src tests/stage/src tests/stand-ins/src \
    && touch src/lib.rs migration/src/lib.rs tests/sandbox/src/lib.rs tests/stage/src/lib.rs tests/stand-ins/src/lib.rs \
    && echo 'fn main() {}' | tee src/main.rs migration/src/main.rs tests/sandbox/src/main.rs \
    && sed -n '/^\[\[test\]\]/{n;s/name = "\(.*\)"/tests\/\1.rs/p}' Cargo.toml | xargs -r touch \
    && cargo build --release --locked --package headscale-usher

# Ours. Copied files can be older than what the empty programs left behind, and cargo goes by the time.
COPY migration/src migration/src
COPY src src
COPY locales locales
RUN find src migration/src -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package headscale-usher --bin headscale-usher

# -- What it needs at run time, gathered under /image. -------------------------------------------------------------------
FROM ${RUNTIME_IMAGE} AS files
RUN dpkg-query --show libssl3 ca-certificates \
    || (apt-get update && apt-get install -y --no-install-recommends ca-certificates libssl3)
COPY --from=build /build/target/release/headscale-usher /image/usr/local/bin/headscale-usher
RUN ldd /image/usr/local/bin/headscale-usher | grep -o '/[^ ]*' \
        | xargs cp --dereference --parents --target-directory=/image \
    && cp --parents /etc/ssl/certs/ca-certificates.crt /image \
    && echo 'hosts: files dns' > /image/etc/nsswitch.conf \
    && echo 'usher:x:10001:10001::/data:/nonexistent' > /image/etc/passwd \
    && echo 'usher:x:10001:' > /image/etc/group \
    && mkdir -p /owned/data

# -- The image. ----------------------------------------------------------------------------------------------------------
FROM scratch
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="headscale-usher" \
      org.opencontainers.image.description="A Discord bot that ushers devices into a Headscale network" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=files /image/ /
COPY --from=files --chown=10001:10001 /owned/ /
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 10001:10001
# The database's default path is relative, and ./config.toml is read as well.
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["/usr/local/bin/headscale-usher", "health"]
ENTRYPOINT ["/usr/local/bin/headscale-usher"]
