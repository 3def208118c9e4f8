package dev.verdant.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.Hubs;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DemoTest {

    @Test
    void theDemoFindsNoMismatchOnAnyHub(@TempDir Path folder) throws Exception {
        for (int i = 0; i < 30; i++) {
            Files.writeString(folder.resolve("file " + i + ".txt"), "x".repeat(i * 1000));
        }
        Files.createDirectory(folder.resolve("target"));
        Files.writeString(folder.resolve("target").resolve("built"), "not served");
        long seed = new Random().nextLong();
        var rows = new ArrayList<Demo.Row>();
        for (var hub : Hubs.providers()) {
            if (hub.unusable().isEmpty()) {
                rows.add(new Demo(folder, 100, seed).runOn(hub));
            }
        }
        assertThat(rows).as("seed %d", seed).isNotEmpty().allSatisfy(row -> {
            assertThat(row.mismatches()).isEmpty();
            assertThat(row.connections()).isEqualTo(100);
            assertThat(row.files()).isEqualTo(30);
            assertThat(row.bytes()).isGreaterThan(435_000);
            assertThat(row.greenThreads()).isGreaterThan(230);
            assertThat(row.switches()).isGreaterThan(row.greenThreads());
        });
        assertThat(Demo.table(rows).lines()).hasSize(rows.size() + 1);
    }

    @Test
    void aFileThatComesDifferentlyIsAMismatchUnlessItWasChangedMeanwhile(@TempDir Path folder) throws Exception {
        var old = FileTime.from(Instant.now().minusSeconds(60));
        for (String name : new String[]{"changed", "differs", "failed", "gone", "missing", "same", "short"}) {
            Files.setLastModifiedTime(Files.writeString(folder.resolve(name), "content"), old);
        }
        var check = new TreeCheck(folder, 80);
        assertThat(check.addresses()).hasSize(7).first().hasToString("http://127.0.0.1:80/changed");
        Files.writeString(folder.resolve("changed"), "changed");
        Files.delete(folder.resolve("gone"));
        for (URI address : check.addresses()) {
            check.visit(switch (address.getPath()) {
                case "/differs" -> page(address, 200, "contend");
                case "/short" -> page(address, 200, "con");
                case "/missing" -> page(address, 404, "");
                case "/failed" -> new Pages.Page(address, 0, new byte[0], new IOException("broken"));
                default -> page(address, 200, "content");
            });
        }
        assertThat(check.files()).isEqualTo(7);
        assertThat(check.mismatches()).hasSize(4);
        assertThat(check.mismatches().get(0)).contains("/differs", "byte 6 differs; 7 of 7 came");
        assertThat(check.mismatches().get(1)).contains("/failed", "broken");
        assertThat(check.mismatches().get(2)).contains("/missing", "status 404");
        assertThat(check.mismatches().get(3)).contains("/short", "byte 3 differs; 3 of 7 came");
    }

    private static Pages.Page page(URI address, int status, String body) {
        return new Pages.Page(address, status, body.getBytes(java.nio.charset.StandardCharsets.UTF_8), null);
    }

    @Test
    void aTableIsAsWideAsItsCells() {
        var table = new Table("hub", "n", "seconds");
        table.add("epoll", 1_234_567, 1.25);
        table.add("nio", 1L, 10.0);
        assertThat(table.toString().lines()).containsExactly(
                "hub            n  seconds",
                "epoll  1,234,567      1.3",
                "nio            1     10.0");
    }
}
