package dev.verdant.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/** A chapter of {@link dev.verdant.testkit.HubContract}: opens a hub for each test, closes it, and finds the descriptors that were left behind. */
@Timeout(60)
abstract class HubChapter {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private final HubProvider provider;

    private @Nullable HubDriver openDriver;
    private Set<String> before = Set.of();

    HubChapter(HubProvider provider) {
        this.provider = provider;
    }

    final HubDriver driver() {
        HubDriver opened = openDriver;
        if (opened == null) {
            throw new IllegalStateException("between two tests");
        }
        return opened;
    }

    final Hub hub() {
        return driver().hub;
    }

    final HubProvider provider() {
        return provider;
    }

    /** Returns what a test's choices come from, {@code -Dverdant.seed} or chance, and prints it. */
    static long seed(TestReporter reporter) {
        long seed = Long.getLong("verdant.seed", new Random().nextLong());
        reporter.publishEntry("verdant.seed", String.valueOf(seed));
        return seed;
    }

    /** Does what a hub may lack. One that lacks it says so, and the test is skipped. */
    final <T> T orSkip(Attempt<T> attempt) throws IOException {
        try {
            return attempt.make();
        } catch (UnsupportedOperationException e) {
            assertThat(e.getMessage()).as("what the hub says of that which it lacks").isNotBlank();
            return Assumptions.abort("the hub " + provider.name() + " cannot: " + e.getMessage());
        }
    }

    interface Attempt<T> {
        T make() throws IOException;
    }

    static void assertClosed(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(SocketException.class).hasMessage("Socket closed");
    }

    @BeforeEach
    final void openHub() throws IOException {
        // What the JDK and the hub open once and keep must not look like a leak.
        try (var warmUp = new HubDriver(provider)) {
            warmUp.connect();
        }
        before = descriptors();
        openDriver = new HubDriver(provider);
    }

    @AfterEach
    final void closeHubAndCountDescriptors() throws IOException {
        driver().close();
        openDriver = null;
        assertNoneLeftOf(before);
    }

    /** Finds descriptors that have come since {@link #descriptors()} told of {@code old}. */
    static void assertNoneLeftOf(Set<String> old) throws IOException {
        Set<String> left = descriptors();
        left.removeAll(old);
        assertThat(left).as("descriptors left behind").isEmpty();
    }

    /** The sockets, pipes and pollers of this process, where the operating system tells. Files do not count: class loaders open them. */
    static Set<String> descriptors() throws IOException {
        var found = new TreeSet<String>();
        if (!Files.isDirectory(DESCRIPTORS)) {
            return found;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path entry : entries) {
                String target = targetOf(entry);
                if (target.startsWith("socket:") || target.startsWith("anon_inode:")
                        || target.startsWith("pipe:")) {
                    found.add(entry.getFileName() + " -> " + target);
                }
            }
        }
        return found;
    }

    private static String targetOf(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // That of the directory stream itself.
        }
    }
}
