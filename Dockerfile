# One image for every service: docker build -t assay . && docker run assay intake --bootstrap-servers …
FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/m2 \
    mvn -B -ntp -q -Dmaven.repo.local=/m2 -DskipTests -pl services/cli -am package && \
    mkdir /assay && \
    cp -r services/cli/target/lib /assay/lib && \
    find services/cli/target -maxdepth 1 -name 'assay-cli-*.jar' -not -name '*-tests.jar' -exec cp {} /assay/lib/ \; && \
    cp -r services/platform/target/registry /assay/registry

FROM eclipse-temurin:25-jre
# The catalogue's language model is fetched with pip, so that a machine's own mirrors hold; libgomp is what libtorch links to.
RUN apt-get update && \
    apt-get install -y --no-install-recommends python3-pip libgomp1 && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --system --uid 10001 --home-dir /var/lib/assay --create-home assay
COPY --from=build /assay /opt/assay
ENV ASSAY_HOME=/var/lib/assay
# As the launcher sets them: libtorch allocates the same large tensors again and again.
ENV MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=67108864
USER assay
VOLUME /var/lib/assay
ENTRYPOINT ["java", "-Xmx1g", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp", "/opt/assay/lib/*", "dev.assay.cli.Assay"]
CMD ["--help"]
