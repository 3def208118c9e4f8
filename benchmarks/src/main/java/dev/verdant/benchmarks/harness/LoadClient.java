package dev.verdant.benchmarks.harness;

import dev.verdant.benchmarks.load.Figures;
import dev.verdant.benchmarks.load.LoadGenerator;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The load generator's process, as who tells it what to do sees it. Not for several threads. */
public final class LoadClient implements AutoCloseable {

    private final Process process;
    private final BufferedReader out;
    private final BufferedWriter in;
    private boolean broken;

    /**
     * Starts it.
     *
     * @param machine where it runs
     * @param folder where what it complains of goes
     * @throws IOException if it cannot be started
     */
    public LoadClient(Machine machine, Path folder) throws IOException {
        var command = new ArrayList<>(machine.forLoad());
        command.addAll(Java.run(List.of("-Xms256m", "-Xmx512m", "-Dverdant.load.pinned=" + machine.isPinned()),
                LoadGenerator.class.getName()));
        process = new ProcessBuilder(command).redirectError(folder.resolve("load.log").toFile()).start();
        out = process.inputReader();
        in = process.outputWriter();
    }

    /** What is done while connections are open, before the load and after it. */
    public interface Watch {

        /** Does nothing. */
        Watch NOTHING = new Watch() {

            @Override
            public void begin() {
                // Nothing is measured.
            }

            @Override
            public void end() {
                // Nothing is measured.
            }
        };

        /**
         * Is called when all connections are open and nothing has been asked.
         *
         * @throws IOException if it cannot go on
         */
        void begin() throws IOException;

        /**
         * Is called when all is answered, and all connections are still open.
         *
         * @throws IOException if it cannot go on
         */
        void end() throws IOException;
    }

    /**
     * Has it load a server.
     *
     * @param command the line for {@link LoadGenerator}
     * @param watch what is done before and after
     * @return what it found
     * @throws IOException if it could not
     */
    public Figures load(String command, Watch watch) throws IOException {
        broken = true;
        say(command);
        expect("ready");
        watch.begin();
        say("go");
        String done = expect("done ");
        watch.end();
        say("close");
        expect("closed");
        broken = false;
        return Figures.parse(done.substring("done ".length()));
    }

    /**
     * Tells whether it is of no more use.
     *
     * @return true if a load was given up in the middle
     */
    public boolean isBroken() {
        return broken;
    }

    private void say(String line) throws IOException {
        in.write(line + "\n");
        in.flush();
    }

    private String expect(String word) throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IOException("the load generator has ended");
        }
        if (line.startsWith("failed ")) {
            broken = false; // It waits for the next command.
            throw new IOException(line.substring("failed ".length()));
        }
        if (!line.startsWith(word)) {
            throw new IOException(line + " (expected: " + word + ")");
        }
        return line;
    }

    /** Ends it. */
    @Override
    public void close() {
        try (in; out) {
            in.flush();
        } catch (IOException e) {
            // It has ended.
        }
        try {
            if (!process.waitFor(2, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
