# The server as one static binary in an image that holds nothing else.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.release=${VERSION}" -o /out/rollcall ./cmd/rollcall \
 && mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp

FROM scratch
# For https URLs of key sets.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/rollcall /rollcall
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/tmp /tmp
USER 65532:65532
WORKDIR /data
VOLUME /data
ENV ROLLCALL_LISTEN=0.0.0.0:8080 \
    ROLLCALL_DATABASE=sqlite:/data/rollcall.db \
    ROLLCALL_LOG_FORMAT=json
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s CMD ["/rollcall", "healthcheck"]
ENTRYPOINT ["/rollcall"]
CMD ["serve"]
