package dev.verdant.conformance.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.ChildJvm;
import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.green.patch.Patch;
import dev.verdant.green.patch.Patcher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Patching the whole JVM: each time another, because a patch cannot be taken back. */
@org.junit.jupiter.api.Timeout(120)
class PatcherTest {

    /** What the children run. */
    static final class Program {

        private Program() {}

        public static void main(String[] args) throws Exception {
            switch (args[0]) {
                case "once and again" -> onceAndAgain();
                case "taken" -> taken();
                case "listeners taken" -> listenersTaken();
                default -> throw new IllegalArgumentException(args[0]);
            }
        }

        private static void tell(@Nullable Object what) {
            System.out.println(what);
        }

        private static void onceAndAgain() throws Exception {
            tell(Patcher.isMonkeyPatched(Patch.SOCKET));
            Patcher.monkeyPatch(Patch.SOCKET);
            Patcher.monkeyPatch(Patch.SOCKET, Patch.SOCKET);
            tell(Patcher.isMonkeyPatched(Patch.SOCKET) + " " + Patcher.isMonkeyPatched(Patch.DNS));
            Green.run(() -> {
                try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                        var client = new Socket(listener.getInetAddress(), listener.getLocalPort());
                        var server = listener.accept()) {
                    try {
                        Timeout.call(Duration.ofMillis(10), () -> client.getInputStream().read());
                    } catch (Timeout e) {
                        tell(e.getSuppressed()[0]);
                    }
                    tell(server.getInputStream().read());
                }
                try (var listener = Patcher.original(() -> new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
                        var client = Patcher
                                .original(() -> new Socket(listener.getInetAddress(), listener.getLocalPort()));
                        var server = listener.accept()) {
                    try {
                        Timeout.call(Duration.ofMillis(10), () -> client.getInputStream().read());
                    } catch (Timeout e) {
                        tell(e.getSuppressed()[0]);
                    }
                    tell(server.getInputStream().read());
                }
            });
        }

        @SuppressWarnings("deprecation") // as an application might
        private static void taken() throws IOException {
            Socket.setSocketImplFactory(() -> {
                throw new IllegalStateException();
            });
            tellFailure();
            tellFailure();
        }

        @SuppressWarnings("deprecation") // as an application might
        private static void listenersTaken() throws IOException {
            ServerSocket.setSocketFactory(() -> {
                throw new IllegalStateException();
            });
            tellFailure();
            tellFailure();
        }

        private static void tellFailure() {
            try {
                Patcher.monkeyPatch(Patch.SOCKET);
            } catch (IllegalStateException e) {
                tell(e.getMessage());
            }
            tell(Patcher.isMonkeyPatched(Patch.SOCKET));
        }
    }

    private static String told(String what) throws IOException, InterruptedException {
        return String.join("\n", ChildJvm.of(Program.class).run(what));
    }

    @Test
    void aPatchHoldsOnceAndForAllAndTheJdksOwnSocketsCanStillBeHad() throws Exception {
        assertThat(told("once and again")).isEqualTo("""
                false
                true false
                java.net.SocketException: Closed by Timeout of 10 ms
                -1
                java.net.SocketException: Closed by interrupt
                -1""");
    }

    @Test
    void whoHasComeFirstIsNamedWithWhatCanBeDone() throws Exception {
        String message = "SOCKET cannot be patched: somebody has called Socket.setSocketImplFactory before, and the JDK lets nobody call it twice. "
                + "Call Patcher.monkeyPatch() earlier, first thing in main, or leave that call away; one library alone can be patched by Patcher.importPatched";
        assertThat(told("taken")).isEqualTo(message + "\nfalse\n" + message + "\nfalse");
    }

    @Test
    void whoHasTakenTheListenersAloneIsNamedEachTime() throws Exception {
        String message = "SOCKET cannot be patched: somebody has called ServerSocket.setSocketFactory before, and the JDK lets nobody call it twice. "
                + "Call Patcher.monkeyPatch() earlier, first thing in main, or leave that call away; one library alone can be patched by Patcher.importPatched";
        assertThat(told("listeners taken")).isEqualTo(message + "\nfalse\n" + message + "\nfalse");
    }

    @Test
    void whatCannotBePatchedWithoutTheAgentSaysSo() {
        assertThatThrownBy(() -> Patcher.monkeyPatch(Patch.PROCESS)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("-javaagent");
        assertThat(Patcher.isMonkeyPatched(Patch.PROCESS)).isFalse();
    }
}
