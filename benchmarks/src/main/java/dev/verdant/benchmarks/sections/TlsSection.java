package dev.verdant.benchmarks.sections;

import dev.verdant.benchmarks.harness.Comparison;
import dev.verdant.benchmarks.harness.Java;
import dev.verdant.benchmarks.harness.Machine;
import dev.verdant.benchmarks.harness.RunningServer;
import dev.verdant.benchmarks.harness.Sample;
import dev.verdant.benchmarks.harness.Server;
import dev.verdant.benchmarks.harness.Settings;
import dev.verdant.benchmarks.harness.Workshop;
import dev.verdant.benchmarks.report.Aim;
import dev.verdant.benchmarks.report.Chart;
import dev.verdant.benchmarks.report.Part;
import dev.verdant.benchmarks.servers.TlsPages;
import io.netty.channel.epoll.Epoll;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** TLS: what a full handshake costs, and a megabyte. */
public final class TlsSection implements Section {

    private static final int AT_A_TIME = 16;
    private static final long PAGE = 20_000_000;

    private static final String NETTY = "tls-netty-boringssl";
    private static final String OURS = "tls-verdant-boringssl";
    private static final String NETTY_JDK = "tls-netty-jdk";
    private static final String OURS_JDK = "tls-verdant-jdk";

    private static final String PASSWORD = "changeit";
    private static final String NAME = "localhost";

    /** Creates it. */
    public TlsSection() {}

    @Override
    public String id() {
        return "tls";
    }

    @Override
    public String title() {
        return "TLS";
    }

    @Override
    public String family() {
        return "tls";
    }

    @Override
    public double seconds(Settings settings) {
        int servers = settings.quick() ? 2 : 4;
        return 5 + servers * (1.5 + 2 * settings.warmMillis() / 1e3)
                + 2 * servers * settings.rounds() * (settings.roundMillis() / 1e3 + 0.3);
    }

    /** A self-signed certificate of a P-256 key, and the key, as PEM. */
    private record Identity(Path certificate, Path key) {

        static Identity create(Path folder) throws IOException, GeneralSecurityException {
            Path store = folder.resolve("tls.p12");
            var said = Machine.run(60,
                    List.of(Java.tool("keytool"), "-genkeypair", "-alias", NAME, "-keyalg", "EC", "-groupname",
                            "secp256r1", "-dname", "CN=" + NAME, "-validity", "30", "-keystore", store.toString(),
                            "-storetype",
                            "PKCS12", "-storepass", PASSWORD));
            if (said.isEmpty()) {
                throw new IOException("keytool has failed");
            }
            var keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
            Path certificate = folder.resolve("cert.pem");
            Path key = folder.resolve("key.pem");
            write(certificate, "CERTIFICATE", keys.getCertificate(NAME).getEncoded());
            write(key, "PRIVATE KEY", keys.getKey(NAME, PASSWORD.toCharArray()).getEncoded());
            return new Identity(certificate, key);
        }

        private static void write(Path file, String what, byte[] bytes) throws IOException {
            Files.writeString(file, "-----BEGIN " + what + "-----\n"
                    + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(bytes)
                    + "\n-----END " + what + "-----\n");
        }
    }

    /** A quick run leaves the JDK's engine out where there is another. */
    private static Server.Choice choice(Identity identity, boolean quick) {
        var servers = new ArrayList<Server>();
        Map<String, String> missing = new LinkedHashMap<>();
        if (!OpenSsl.isAvailable()) {
            missing.put("BoringSSL", "Netty's native library does not load");
        } else {
            if (Epoll.isAvailable()) {
                servers.add(server(NETTY, "Netty's `SslHandler`, BoringSSL", false, identity, "boringssl"));
            }
            servers.add(server(OURS, "**Verdant, BoringSSL**", true, identity, "boringssl"));
        }
        if (!Epoll.isAvailable()) {
            missing.put("Netty", "no epoll here");
        }
        if (quick && OpenSsl.isAvailable()) {
            return new Server.Choice(servers, missing);
        }
        if (Epoll.isAvailable()) {
            servers.add(server(NETTY_JDK, "Netty's `SslHandler`, JDK", false, identity, "jdk"));
        }
        servers.add(server(OURS_JDK, "**Verdant, JDK**", true, identity, "jdk"));
        return new Server.Choice(servers, missing);
    }

    private static Server server(String name, String label, boolean ours, Identity identity, String engine) {
        var arguments = new ArrayList<>(List.of("--cert", identity.certificate().toString(), "--key",
                identity.key().toString(), "--engine", engine));
        if (!ours) {
            arguments.addAll(List.of("--peer", "netty"));
        }
        return Server.java(name, label, ours, List.of(), TlsPages.class.getName(), arguments.toArray(String[]::new));
    }

    private static String handshakes(int port, int millis) {
        return "tls " + port + " " + AT_A_TIME + " " + millis;
    }

    private static String bulk(int port, int millis) {
        return "tls-bulk " + port + " " + PAGE + " " + millis;
    }

    @Override
    public Part measure(Workshop workshop) throws Exception {
        workshop.progress().phase("a certificate");
        Server.Choice choice = choice(Identity.create(workshop.folder()), workshop.settings().quick());
        Map<String, String> failures = new LinkedHashMap<>();
        List<RunningServer> servers = workshop.start(choice, failures, TlsSection::handshakes);
        Settings settings = workshop.settings();
        workshop.progress().phase("handshakes");
        Comparison handshakes = workshop.compare(servers, settings.rounds(), failures,
                (port, _) -> handshakes(port, settings.roundMillis()));
        workshop.progress().phase("bulk");
        for (RunningServer server : servers) {
            workshop.warmUp(server, TlsSection::bulk);
        }
        Comparison bulk = workshop.compare(servers, settings.rounds(), failures,
                (port, _) -> bulk(port, settings.roundMillis()));
        String base = servers.getFirst().server().name();
        return new Part(id(), title(), List.of(
                "TLS 1.3, a P-256 certificate, one loop on one processor. The client is Netty's, with BoringSSL where there is one, on the other processor. Full handshakes, "
                        + AT_A_TIME + " at a time, no session is resumed; then pages of " + PAGE / 1_000_000
                        + " MB, one connection after the other. " + settings.rounds() + " rounds of "
                        + settings.roundMillis() + " ms each."),
                List.of(Tables.sideBySide("Handshakes; ratios to the first:", handshakes, base, "handshake"),
                        Tables.sideBySide("Bulk; ratios to the first; the times are those of a page:", bulk, base,
                                "MB")),
                List.<Chart>of(Tables.throughput("Handshakes a second", handshakes),
                        Tables.cpu("CPU for a handshake, µs", handshakes), Tables.throughput("MB a second", bulk),
                        Tables.cpu("CPU for a MB, µs", bulk)),
                List.of(Aim.atLeast("TLS handshakes a second, BoringSSL, to Netty", 0.95,
                        handshakes.ratio(OURS, NETTY, Sample::perSecond)),
                        Aim.atLeast("TLS bulk, MB a second, BoringSSL, to Netty", 1.00,
                                bulk.ratio(OURS, NETTY, Sample::perSecond))),
                choice.missingLines(), Tables.notes(failures, List.of(handshakes, bulk)));
    }
}
