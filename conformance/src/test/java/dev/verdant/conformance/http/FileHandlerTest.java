package dev.verdant.conformance.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.sun.net.httpserver.HttpHandler;
import dev.verdant.conformance.HubTest;
import dev.verdant.green.Green;
import dev.verdant.green.http.FileHandler;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.Net;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What a folder's handler gives out, and what it does not. */
class FileHandlerTest {

    @TempDir
    private Path around;

    private Path folder;

    @BeforeEach
    void makeFolder() throws Exception {
        folder = Files.createDirectory(around.resolve("folder"));
        Files.createDirectory(folder.resolve("inner"));
        Files.writeString(around.resolve("secret"), "no");
        Files.writeString(folder.resolve("a b+c.txt"), "yes");
    }

    // ---- a client that says what it means, byte by byte

    private interface Client {
        void talk(SocketAddress server) throws Exception;
    }

    private static void serving(String path, HttpHandler handler, Client client) throws Exception {
        var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
        var serving = Green.spawn(() -> HttpService.on(listener).context(path, handler).serve());
        try {
            client.talk(listener.getLocalSocketAddress());
        } finally {
            listener.close();
        }
        serving.await();
    }

    /** Of one byte a character. */
    private record Answer(int status, String head, String body) {

        static Answer of(String whole) {
            int end = whole.indexOf("\r\n\r\n");
            assertThat(whole).startsWith("HTTP/1.1 ");
            return new Answer(Integer.parseInt(whole.substring(9, 12)), whole.substring(0, end + 2),
                    whole.substring(end + 4));
        }

        String field(String name) {
            var found = Pattern.compile("(?dmi)^" + name + ": (.*)\r$").matcher(head);
            return found.find() ? found.group(1) : "";
        }
    }

    private static Answer ask(SocketAddress server, String method, String target, String... fields) throws Exception {
        try (var socket = Net.connect(server)) {
            String more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
            socket.sendAll((method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more + "\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            return Answer.of(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1));
        }
    }

    private static Answer get(SocketAddress server, String target, String... fields) throws Exception {
        return ask(server, "GET", target, fields);
    }

    // ---- files

    @HubTest
    void aFileComesWithItsSizeAndItsType() throws Exception {
        Files.writeString(folder.resolve("module.mjs"), "export {}");
        Files.createFile(folder.resolve("empty"));
        serving("/", FileHandler.of(folder), server -> {
            for (String target : List.of("/a%20b+c.txt", "/a%20b%2Bc.txt?x=/y", "/inner/../a%20b+c.txt",
                    "//a%20b+c.txt", "http://x/a%20b+c.txt")) {
                Answer text = get(server, target);
                assertThat(text.status()).as(target).isEqualTo(200);
                assertThat(text.body()).isEqualTo("yes");
                assertThat(text.field("Content-Length")).isEqualTo("3");
                assertThat(text.field("Content-Type")).isEqualTo("text/plain");
            }
            assertThat(get(server, "/module.mjs").field("Content-Type")).isEqualTo("text/javascript");
            Answer empty = get(server, "/empty");
            assertThat(empty.status()).isEqualTo(200);
            assertThat(empty.field("Content-Length")).isEqualTo("0");
            assertThat(empty.field("Content-Type")).isEqualTo("application/octet-stream");
        });
    }

    @HubTest
    void aHeadIsAnsweredAsAGetWithoutTheBody() throws Exception {
        Files.createDirectory(folder.resolve("plain"));
        serving("/", FileHandler.of(folder).listing(), server -> {
            for (String target : List.of("/a%20b+c.txt", "/plain/", "/missing", "/inner")) {
                Answer head = ask(server, "HEAD", target);
                Answer whole = get(server, target);
                assertThat(head.body()).isEmpty();
                assertThat(head.status()).as(target).isEqualTo(whole.status());
                assertThat(head.field("Content-Length")).isEqualTo(Integer.toString(whole.body().length()));
            }
        });
    }

    @HubTest
    void aBigFileComesWholeOrInParts() throws Exception {
        byte[] content = new byte[300_000];
        long seed = new Random().nextLong();
        new Random(seed).nextBytes(content);
        Files.write(folder.resolve("big"), content);
        String whole = new String(content, StandardCharsets.ISO_8859_1);
        serving("/", FileHandler.of(folder), server -> {
            assertThat(get(server, "/big").body().equals(whole)).as("seed %d", seed).isTrue();
            for (int[] part : new int[][]{{0, 0}, {1, 65_536}, {0, 65_535}, {100_000, 299_999}, {299_999, 299_999}}) {
                Answer some = get(server, "/big", "Range: bytes=" + part[0] + "-" + part[1]);
                assertThat(some.status()).isEqualTo(206);
                assertThat(some.field("Content-Range")).isEqualTo("bytes " + part[0] + "-" + part[1] + "/300000");
                assertThat(some.body().equals(whole.substring(part[0], part[1] + 1))).as(Arrays.toString(part))
                        .isTrue();
            }
            assertThat(get(server, "/big", "Range: bytes=300000-").status()).isEqualTo(416);
            assertThat(get(server, "/big", "Range: bytes=-0").status()).isEqualTo(416);
            for (String open : new String[]{"299990-", "299990-999999999", "-10"}) {
                Answer end = get(server, "/big", "Range: bytes=" + open);
                assertThat(end.field("Content-Range")).isEqualTo("bytes 299990-299999/300000");
                assertThat(end.body()).isEqualTo(whole.substring(299_990));
            }
            for (String none : new String[]{"5-2", "a-b", "0-1,3-4"}) { // Ranges that are none, or too many, are none.
                assertThat(get(server, "/big", "Range: bytes=" + none).status()).isEqualTo(200);
            }
        });
    }

    @HubTest
    void aFileThatTheClientHasIsNotSentAgain() throws Exception {
        serving("/", FileHandler.of(folder), server -> {
            String tag = get(server, "/a%20b+c.txt").field("ETag");
            assertThat(tag).matches("\".+\"");
            Answer same = get(server, "/a%20b+c.txt", "If-None-Match: " + tag);
            assertThat(same.status()).isEqualTo(304);
            assertThat(same.body()).isEmpty();
            Files.writeString(folder.resolve("a b+c.txt"), "not the same");
            assertThat(get(server, "/a%20b+c.txt", "If-None-Match: " + tag).body()).isEqualTo("not the same");
        });
    }

    @HubTest
    void aFileThatBecomesShorterIsCutOff() throws Exception {
        long size = 64 * 1024 * 1024;
        try (var file = new RandomAccessFile(folder.resolve("huge").toFile(), "rw")) {
            file.setLength(size);
            serving("/", FileHandler.of(folder), server -> {
                try (var socket = Net.connect(server)) {
                    socket.sendAll("GET /huge HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    var in = socket.getInputStream();
                    assertThat(new String(in.readNBytes(15), StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200 OK");
                    file.setLength(1);
                    long count = 0;
                    byte[] some = new byte[64 * 1024];
                    for (int n = in.read(some); n >= 0; n = in.read(some)) {
                        count += n;
                    }
                    assertThat(count).isLessThan(size);
                }
            });
        }
    }

    // ---- what is not to be had

    @HubTest
    void nothingOutsideOfTheFolderIsToBeHad() throws Exception {
        Files.createDirectory(around.resolve("folder-2"));
        Files.writeString(around.resolve("folder-2").resolve("x"), "no");
        Files.createSymbolicLink(folder.resolve("link"), around.resolve("secret"));
        Files.createSymbolicLink(folder.resolve("up"), around);
        Files.createSymbolicLink(folder.resolve("round"), folder.resolve("round"));
        serving("/", FileHandler.of(folder).listing(), server -> {
            for (String target : List.of("/../secret", "/%2e%2e/secret", "/%2e%2e%2fsecret", "/inner/../../secret",
                    "/..%2ffolder-2/x", "/../folder-2/x", "/" + around.resolve("secret"), "/link", "/up/secret", "/up",
                    "/up/", "/round", "/missing", "/%00", "/a%20b+c.txt/", "/a%20b+c.txt/x", "/" + "x".repeat(300),
                    "/..\\secret".replace("\\", "%5c"))) {
                Answer nothing = get(server, target);
                assertThat(nothing.status()).as(target).isEqualTo(404);
                assertThat(nothing.body()).isEqualTo("That is not here.\n");
            }
            assertThat(get(server, "/%zz").status()).isEqualTo(400);
        });
    }

    @HubTest
    void aLinkThatStaysInTheFolderIsFollowed() throws Exception {
        Files.createSymbolicLink(folder.resolve("page.html"), folder.resolve("a b+c.txt"));
        Files.createSymbolicLink(around.resolve("alias"), folder);
        serving("/", FileHandler.of(around.resolve("alias")), server -> {
            Answer page = get(server, "/page.html");
            assertThat(page.body()).isEqualTo("yes");
            assertThat(page.field("Content-Type")).isEqualTo("text/html");
        });
    }

    @HubTest
    void otherMethodsAreRefusedAndTheConnectionIsKept() throws Exception {
        serving("/", FileHandler.of(folder), server -> {
            try (var socket = Net.connect(server)) {
                socket.sendAll(("POST /a%20b+c.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                        + "GET /a%20b+c.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                String both = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                assertThat(both).startsWith("HTTP/1.1 405 ").contains("\r\nAllow: GET, HEAD\r\n")
                        .endsWith("\r\n\r\nyes");
            }
        });
    }

    @HubTest
    void whatMustNotBeReadIsForbidden() throws Exception {
        var closed = Files.setPosixFilePermissions(Files.createDirectory(folder.resolve("closed")),
                PosixFilePermissions.fromString("---------"));
        var unreadable = Files.setPosixFilePermissions(Files.writeString(folder.resolve("unreadable"), "no"),
                PosixFilePermissions.fromString("-w-------"));
        assumeFalse(Files.isReadable(unreadable), "a superuser, who may read everything");
        try {
            serving("/", FileHandler.of(folder).listing(), server -> {
                for (String target : List.of("/unreadable", "/closed/", "/closed/x")) {
                    Answer forbidden = get(server, target);
                    assertThat(forbidden.status()).as(target).isEqualTo(403);
                    assertThat(forbidden.field("ETag")).isEmpty();
                }
            });
        } finally {
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @HubTest
    void whatIsNeitherFileNorFolderIsForbidden() throws Exception {
        try (var socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(folder.resolve("s")));
            serving("/", FileHandler.of(folder), server -> assertThat(get(server, "/s").status()).isEqualTo(403));
        }
    }

    @HubTest
    void whatIsNoFolderIsRefused() {
        assertThatThrownBy(() -> FileHandler.of(around.resolve("secret"))).isInstanceOf(NotDirectoryException.class)
                .hasMessageContaining("expected: a folder");
        assertThatThrownBy(() -> FileHandler.of(around.resolve("missing"))).isInstanceOf(NoSuchFileException.class);
    }

    // ---- folders

    @HubTest
    void aFolderIsAnsweredForWithItsIndex() throws Exception {
        Files.writeString(folder.resolve("inner").resolve("index.html"), "<p>inner");
        serving("/", FileHandler.of(folder), server -> {
            Answer index = get(server, "/inner/");
            assertThat(index.body()).isEqualTo("<p>inner");
            assertThat(index.field("Content-Type")).isEqualTo("text/html");
        });
    }

    @HubTest
    void anIndexThatIsNotInTheFolderIsNone() throws Exception {
        Files.createSymbolicLink(folder.resolve("index.html"), around.resolve("secret"));
        Files.createDirectory(folder.resolve("inner").resolve("index.html"));
        serving("/", FileHandler.of(folder), server -> {
            assertThat(get(server, "/").status()).isEqualTo(403);
            assertThat(get(server, "/inner/").status()).isEqualTo(403);
        });
    }

    @HubTest
    void aFolderWithoutItsSlashHasMovedButNeverToAnotherHost() throws Exception {
        Files.createDirectory(folder.resolve("a:b"));
        serving("/", FileHandler.of(folder).listing(), server -> {
            Answer moved = get(server, "/inner?x=1");
            assertThat(moved.status()).isEqualTo(301);
            assertThat(moved.field("Location")).isEqualTo("./inner/?x=1");
            assertThat(get(server, "//inner").field("Location")).isEqualTo("./inner/");
            assertThat(get(server, "//example.com/../inner").field("Location")).isEqualTo("./inner/");
            assertThat(get(server, "/a:b").field("Location")).isEqualTo("./a:b/");
            assertThat(get(server, "/a:b/").status()).isEqualTo(200);
        });
    }

    @HubTest
    void onlyWhatIsBelowTheContextIsMeant() throws Exception {
        serving("/files", FileHandler.of(folder).listing(), server -> {
            assertThat(get(server, "/files/a%20b+c.txt").body()).isEqualTo("yes");
            assertThat(get(server, "/files").field("Location")).isEqualTo("./files/");
            assertThat(get(server, "/files/").body()).contains("<title>Index of /files/</title>")
                    .doesNotContain("../");
            assertThat(get(server, "/files-of-others/a%20b+c.txt").status()).isEqualTo(404);
            assertThat(get(server, "/filesa%20b+c.txt").status()).isEqualTo(404);
            assertThat(get(server, "/files/../secret").status()).isEqualTo(404);
        });
        serving("/files/", FileHandler.of(folder),
                server -> assertThat(get(server, "/files/a%20b+c.txt").body()).isEqualTo("yes"));
    }

    // ---- lists

    private static final Pattern LINK = Pattern.compile("<a href=\"([^\"]*)\">([^<]*)</a>");

    @HubTest
    void aFolderIsListedIfThatIsWanted() throws Exception {
        serving("/", FileHandler.of(folder), server -> assertThat(get(server, "/").status()).isEqualTo(403));
        Files.createSymbolicLink(folder.resolve("link"), around.resolve("secret"));
        Files.createSymbolicLink(folder.resolve("nowhere"), around.resolve("nowhere"));
        Files.write(folder.resolve("big"), new byte[1234]);
        serving("/", FileHandler.of(folder).listing(), server -> {
            Answer list = get(server, "/");
            assertThat(list.status()).isEqualTo(200);
            assertThat(list.field("Content-Type")).isEqualTo("text/html; charset=utf-8");
            assertThat(LINK.matcher(list.body()).results().map(found -> found.group(2)))
                    .containsExactly("a b+c.txt", "big", "inner/");
            assertThat(list.body()).contains(">1,234</td>").doesNotContain("more");
            assertThat(get(server, "/inner/").body()).contains("<a href=\"./../\">../</a>");
        });
    }

    @HubTest
    void aListLinksToWhatItNamesWhateverThatIsCalled() throws Exception {
        var names = List.of("<b>&amp;", "a:b", "50%25", "q?x=1#y", "ü €", "\"quoted\"", "javascript:alert(1)",
                "e\u0301");
        for (String name : names) {
            Files.writeString(folder.resolve("inner").resolve(name), name);
        }
        serving("/", FileHandler.of(folder).listing(), server -> {
            String list = new String(get(server, "/inner/").body().getBytes(StandardCharsets.ISO_8859_1),
                    StandardCharsets.UTF_8);
            assertThat(list).doesNotContain("<b>");
            var links = LINK.matcher(list).results().filter(found -> !found.group(2).equals("../")).toList();
            assertThat(links).hasSameSizeAs(names);
            assertThat(links.stream().map(MatchResult::group)).contains("<a href=\"./50%2525\">50%25</a>",
                    "<a href=\"./%3Cb%3E%26amp%3B\">&lt;b&gt;&amp;amp;</a>");
            for (MatchResult link : links) {
                String content = get(server, "/inner/" + link.group(1)).body();
                assertThat(new String(content.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
                        .isIn(names);
            }
        });
    }
}
