package dev.verdant.examples.quorum;

import dev.verdant.green.net.Net;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * One copy of the value. It answers {@code GET} with what it has, and {@code PUT NUMBER VALUE} the same way, after it has taken what is newer than that.
 */
public final class Replica {

    private final Disk disk;

    /** Where a replica keeps its value: it survives a crash, as files do. */
    public static final class Disk {

        private Version version = Version.NONE;

        /** Creates an empty one. */
        public Disk() {}
    }

    /**
     * Makes a replica.
     *
     * @param disk what it finds there from before
     */
    public Replica(Disk disk) {
        this.disk = disk;
    }

    /**
     * Serves until the listener is closed.
     *
     * @param port where it listens
     * @throws Exception if it cannot listen
     */
    public void serve(int port) throws Exception {
        Net.serve(Net.listen(new InetSocketAddress(port)), this::answer);
    }

    private void answer(Socket client) throws IOException {
        var in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
        var out = client.getOutputStream();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("PUT ")) {
                disk.version = disk.version.newer(Version.parse(line.substring(4)));
            }
            out.write((disk.version + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
