package dev.verdant.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which provider is picked. */
class HubsTest {

    private static final HubProvider BEST_BUT_UNUSABLE = new Fake("best", 1000, Optional.of("no such system"));
    private static final HubProvider GOOD = new Fake("good", 100, Optional.empty());
    private static final HubProvider PLAIN = new Fake("plain", 0, Optional.empty()) {
    };
    private static final List<HubProvider> ALL = List.of(BEST_BUT_UNUSABLE, GOOD, PLAIN);

    private final Thread thread = Thread.currentThread();
    private final ClassLoader loader = thread.getContextClassLoader();

    @AfterEach
    void restore() {
        System.clearProperty(Hubs.PROPERTY);
        thread.setContextClassLoader(loader);
    }

    // ---- what is asked for

    @Test
    void theUsableOneOfTheHighestPriorityIsPicked() {
        assertThat(Hubs.select(ALL, null, "")).isSameAs(GOOD);
    }

    @Test
    void aBlankWishIsNone() {
        assertThat(Hubs.select(ALL, "", "")).isSameAs(GOOD);
        assertThat(Hubs.select(ALL, "  ", "")).isSameAs(GOOD);
    }

    @Test
    void aNameIsHeard() {
        assertThat(Hubs.select(ALL, "plain", "")).isSameAs(PLAIN);
        assertThat(Hubs.select(ALL, "good", "")).isSameAs(GOOD);
    }

    @Test
    void aClassNameIsHeard() {
        assertThat(Hubs.select(ALL, PLAIN.getClass().getName(), "")).isSameAs(PLAIN);
    }

    @Test
    void anUnknownNameListsWhatThereIs() {
        assertThatThrownBy(() -> Hubs.select(ALL, "bets", "-Dverdant.hub=bets"))
                .isInstanceOf(HubUnavailableException.class)
                .hasMessage("""
                        The hub asked for by -Dverdant.hub=bets cannot be had. Providers found:
                          best (dev.verdant.hub.HubsTest$Fake): unusable here: no such system
                          good (dev.verdant.hub.HubsTest$Fake): usable
                          plain (dev.verdant.hub.HubsTest$1): usable""");
    }

    /** Another one in its place would be a surprise. */
    @Test
    void oneThatIsAskedForAndUnusableIsAnError() {
        assertThatThrownBy(() -> Hubs.select(ALL, "best", "VERDANT_HUB=best"))
                .isInstanceOf(HubUnavailableException.class)
                .hasMessageStartingWith("The hub asked for by VERDANT_HUB=best cannot be had.")
                .hasMessageContaining("unusable here: no such system");
    }

    @Test
    void noProviderAtAllIsAnErrorThatSaysWhatToAdd() {
        assertThatThrownBy(() -> Hubs.select(List.of(), null, "")).isInstanceOf(HubUnavailableException.class)
                .hasMessageContaining("verdant-hub-nio").hasMessageEndingWith("No provider was found.");
        assertThatThrownBy(() -> Hubs.select(List.of(), "epoll", "-Dverdant.hub=epoll"))
                .isInstanceOf(HubUnavailableException.class)
                .hasMessageContaining("-Dverdant.hub=epoll").hasMessageEndingWith("No provider was found.");
    }

    @Test
    void noUsableProviderIsAnErrorThatSaysWhy() {
        assertThatThrownBy(() -> Hubs.select(List.of(BEST_BUT_UNUSABLE), null, ""))
                .isInstanceOf(HubUnavailableException.class)
                .hasMessageContaining("No usable hub on the classpath").hasMessageContaining("no such system");
    }

    // ---- where it is asked for, and what is found

    @Test
    void thePropertyIsRead(@TempDir Path services) throws Exception {
        provide(services, Small.class.getName(), Great.class.getName());
        assertThat(Hubs.select()).isInstanceOf(Great.class);
        System.setProperty(Hubs.PROPERTY, "small");
        assertThat(Hubs.select()).isInstanceOf(Small.class);
        System.setProperty(Hubs.PROPERTY, Great.class.getName());
        assertThat(Hubs.select()).isInstanceOf(Great.class);
        System.setProperty(Hubs.PROPERTY, "huge");
        assertThatThrownBy(Hubs::select)
                .hasMessageStartingWith("The hub asked for by -Dverdant.hub=huge cannot be had.");
    }

    /** The environment of this process cannot be changed, so another one is asked. */
    @Test
    void theVariableIsReadWhereThePropertyIsNotSet(@TempDir Path services) throws Exception {
        provide(services, Small.class.getName(), Great.class.getName());
        assertThat(selectedElsewhere(services, "small")).isEqualTo("small");
        assertThat(selectedElsewhere(services, "small", "-Dverdant.hub=great")).isEqualTo("great");
        assertThat(selectedElsewhere(services, "huge"))
                .startsWith("The hub asked for by VERDANT_HUB=huge cannot be had.");
    }

    private static String selectedElsewhere(Path services, String variable, String... flags) throws Exception {
        var command = new java.util.ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(flags));
        command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp",
                services + System.getProperty("path.separator")
                        + System.getProperty("java.class.path"),
                Selected.class.getName()));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put(Hubs.VARIABLE, variable);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.strip();
    }

    @Test
    void providersComeInOrderOfPriority(@TempDir Path services) throws Exception {
        provide(services, Small.class.getName(), Great.class.getName());
        assertThat(Hubs.providers()).extracting(HubProvider::name).containsExactly("great", "small");
        assertThatThrownBy(() -> Hubs.providers().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void oneThatCannotBeLoadedIsListedAndHidesNoOther(@TempDir Path services) throws Exception {
        provide(services, "dev.verdant.NoSuchProvider", Small.class.getName(), Broken.class.getName());
        List<HubProvider> found = Hubs.providers();
        assertThat(found).extracting(HubProvider::name).containsExactly("small", "?", "?");
        assertThat(found.getLast().unusable())
                .hasValueSatisfying(why -> assertThat(why).startsWith("cannot be loaded: "));
        assertThatThrownBy(() -> found.getLast().open()).isInstanceOf(IllegalStateException.class)
                .hasMessage("cannot be loaded");
        assertThat(Hubs.select()).isInstanceOf(Small.class);
    }

    /** A container's loader may not see Verdant at all, or see another copy of it. */
    @Test
    void aContextLoaderThatDoesNotKnowUsIsPassedOver() {
        thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
        assertThat(Hubs.providers()).isEmpty();
        thread.setContextClassLoader(null);
        assertThat(Hubs.providers()).isEmpty();
    }

    private void provide(Path root, String... classNames) throws IOException {
        Path file = root.resolve("META-INF/services/" + HubProvider.class.getName());
        Files.createDirectories(file.getParent());
        Files.write(file, List.of(classNames));
        thread.setContextClassLoader(new URLClassLoader(new URL[]{root.toUri().toURL()}, loader));
    }

    static final class Selected {
        public static void main(String[] args) {
            try {
                System.out.println(Hubs.select().name());
            } catch (HubUnavailableException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    static class Fake implements HubProvider {

        private final String name;
        private final int priority;
        private final Optional<String> unusable;

        Fake(String name, int priority, Optional<String> unusable) {
            this.name = name;
            this.priority = priority;
            this.unusable = unusable;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int priority() {
            return priority;
        }

        @Override
        public Optional<String> unusable() {
            return unusable;
        }

        @Override
        public Hub open() {
            throw new UnsupportedOperationException();
        }
    }

    public static final class Small extends Fake {
        public Small() {
            super("small", 1, Optional.empty());
        }
    }

    public static final class Great extends Fake {
        public Great() {
            super("great", 2, Optional.empty());
        }
    }

    public static final class Broken extends Fake {
        public Broken() {
            super("broken", 3, Optional.empty());
            throw new IllegalStateException("broken");
        }
    }
}
