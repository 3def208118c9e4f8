package dev.verdant.green.io;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** How a process has ended and what it has said: see {@link GreenProcess#communicate}. Any thread. */
public final class CompletedProcess {

    private final int exitCode;
    private final byte[] output;
    private final byte[] error;

    CompletedProcess(int exitCode, byte[] output, byte[] error) {
        this.exitCode = exitCode;
        this.output = output;
        this.error = error;
    }

    /**
     * Returns what the process has ended with.
     *
     * @return 0 if all was well, as far as it says; 128 and the number of the signal if it was killed by one
     */
    public int exitCode() {
        return exitCode;
    }

    /**
     * Returns what it wrote to its standard output.
     *
     * @return a copy; empty if it wrote nothing, or the output went elsewhere
     */
    public byte[] output() {
        return output.clone();
    }

    /**
     * Returns what it wrote to its standard error.
     *
     * @return a copy; empty if it wrote nothing, or that went elsewhere or into {@link #output()}
     */
    public byte[] error() {
        return error.clone();
    }

    /**
     * Returns its standard output as text in UTF-8.
     *
     * @return the text, with whatever ends its lines
     */
    public String outputText() {
        return text(output, StandardCharsets.UTF_8);
    }

    /**
     * Returns its standard error as text in UTF-8.
     *
     * @return the text, with whatever ends its lines
     */
    public String errorText() {
        return text(error, StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes, Charset charset) {
        return new String(bytes, charset);
    }

    @Override
    public String toString() {
        return "CompletedProcess[exit code " + exitCode + ", " + output.length + " bytes of output, " + error.length
                + " of error]";
    }
}
