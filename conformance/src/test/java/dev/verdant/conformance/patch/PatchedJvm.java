package dev.verdant.conformance.patch;

import dev.verdant.green.patch.Patcher;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Patches the JVM before the first test, if {@code -Dverdant.patched=true} asks for that. */
public final class PatchedJvm implements LauncherSessionListener {

    /** Created by JUnit. */
    public PatchedJvm() {}

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        if (Boolean.getBoolean("verdant.patched")) {
            Patcher.monkeyPatch();
            try {
                Patched.warmUp();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
