package dev.verdant.benchmarks.harness;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Shows how far a run is: a bar on a terminal, a line for each section and phase elsewhere. Not for several threads. */
public final class Progress {

    private static final int BAR = 24;
    private static final int WIDTH = 110;

    private final PrintStream out;
    private final boolean terminal;
    private final long begin = System.nanoTime();
    private double planned;
    private double done;
    private double ofSection;
    private double inSection;
    private String section = "";
    private String phase = "";

    /**
     * Creates a progress.
     *
     * @param out where it is shown
     * @param terminal true for a bar that moves
     */
    public Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /**
     * Says how much there is to do.
     *
     * @param seconds an estimate of all sections together
     */
    public void plan(double seconds) {
        planned = seconds;
    }

    /**
     * A section begins, and the one before has ended.
     *
     * @param name its name
     * @param seconds how long it takes, estimated
     */
    public void section(String name, double seconds) {
        done += ofSection;
        ofSection = seconds;
        inSection = 0;
        section = name;
        phase = "";
        if (!terminal) {
            out.println(name);
        }
        show();
    }

    /**
     * Something that takes a while begins.
     *
     * @param what a few words
     */
    public void phase(String what) {
        phase = what;
        if (!terminal) {
            out.println("  " + what);
        }
        show();
    }

    /**
     * Time has gone by.
     *
     * @param seconds as much of the section's estimate is done
     */
    public void advance(double seconds) {
        inSection = Math.min(ofSection, inSection + seconds);
        show();
    }

    private void show() {
        if (!terminal) {
            return;
        }
        double fraction = planned > 0 ? Math.min(1, (done + inSection) / planned) : 0;
        int full = (int) (fraction * BAR);
        String line = String.format(Locale.ROOT, "[%s%s] %3d %%  %s  %s%s", "#".repeat(full), ".".repeat(BAR - full),
                (int) (fraction * 100), elapsed(), section, phase.isEmpty() ? "" : ": " + phase);
        out.print("\r" + (line.length() > WIDTH ? line.substring(0, WIDTH) : line + " ".repeat(WIDTH - line.length())));
        out.flush();
    }

    /**
     * Says something that is to stay.
     *
     * @param line a line
     */
    public void say(String line) {
        if (terminal) {
            out.print("\r" + " ".repeat(WIDTH) + "\r");
        }
        out.println(line);
        show();
    }

    /** All is done. */
    public void end() {
        done = planned;
        ofSection = 0;
        inSection = 0;
        section = "done";
        phase = "";
        show();
        if (terminal) {
            out.println();
        }
    }

    /**
     * Returns how long it has been.
     *
     * @return minutes and seconds, such as {@code 2:07}
     */
    public String elapsed() {
        var time = Duration.ofNanos(System.nanoTime() - begin);
        return String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
    }
}
