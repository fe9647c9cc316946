# okws as a container: the executable, its example configuration, and nothing to log in to.
#
#   docker build --build-arg COMMIT="$(git rev-parse HEAD)" -t okws .
#   docker run --rm -v "$PWD/okws.yaml:/etc/okws/okws.yaml:ro" okws
#
# docs/service.md has more, among it how to reach the dashboard from outside.

FROM denoland/deno:debian-2.9.6 AS build
WORKDIR /src
# Packages first: they change less often than the sources.
COPY deno.json deno.lock ./
RUN deno install --frozen
COPY . .
# What `okws version` says it was built from: the history of the sources is not sent along.
ARG COMMIT=
RUN BUILD_COMMIT="$COMMIT" deno task compile

# The C library and certificates; neither a shell nor a package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/dist/okws /usr/bin/okws
COPY --from=build /src/config/okws.yaml /etc/okws/okws.yaml
# Freed buffers go back to the system.
ENV MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
# nonroot
USER 65532:65532
EXPOSE 8787
STOPSIGNAL SIGTERM
# Whether it runs: an exchange that is away is no reason to start it anew. Fresh data is asked for by: okws health
HEALTHCHECK --interval=30s --timeout=6s --start-period=15s --retries=3 \
  CMD ["/usr/bin/okws", "health", "--live", "-c", "/etc/okws/okws.yaml"]
ENTRYPOINT ["/usr/bin/okws"]
CMD ["serve", "-c", "/etc/okws/okws.yaml"]
