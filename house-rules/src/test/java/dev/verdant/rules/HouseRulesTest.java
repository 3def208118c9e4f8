package dev.verdant.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class HouseRulesTest {

    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.verdant");
    private static final JavaClasses BROKEN = new ClassFileImporter().importPackages("broken.verdant");

    @Test
    void theHouseIsThere() {
        assertThat(HOUSE).extracting(each -> each.getName()).contains("dev.verdant.green.Green", "dev.verdant.hub.Hub",
                "dev.verdant.hub.nio.NioHubProvider",
                "dev.verdant.green.ssl.SslOptions", "dev.verdant.green.http.HttpService",
                "dev.verdant.hub.epoll.EpollHubProvider",
                "dev.verdant.hub.kqueue.KQueueHubProvider");
    }

    @TestFactory
    Stream<DynamicTest> theHouseKeeps() {
        return new HouseRules("dev.verdant").all().entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> rule.getValue().check(HOUSE)));
    }

    @TestFactory
    Stream<DynamicTest> theBrokenHouseBreaks() {
        return new HouseRules("broken.verdant").all().entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(rule.getKey(),
                        () -> assertThat(rule.getValue().evaluate(BROKEN).hasViolation())
                                .as(rule.getValue().getDescription()).isTrue()));
    }

    @Test
    void modulesExportTheirPublicRoomsAndNothingElse() {
        assertThat(exports("dev.verdant.hub")).containsExactlyInAnyOrder("dev.verdant.hub");
        assertThat(exports("dev.verdant.hub.nio")).containsExactlyInAnyOrder("dev.verdant.hub.nio");
        assertThat(exports("dev.verdant.green"))
                .contains("dev.verdant.green", "dev.verdant.green.io", "dev.verdant.green.net",
                        "dev.verdant.green.pool", "dev.verdant.green.spi")
                .doesNotContain("dev.verdant.green.kernel");
        assertThat(exports("dev.verdant.green.ssl")).containsExactlyInAnyOrder("dev.verdant.green.ssl");
        assertThat(exports("dev.verdant.green.http")).containsExactlyInAnyOrder("dev.verdant.green.http");
        assertThat(exports("dev.verdant.hub.unix")).as("to everybody").isEmpty();
    }

    private static Set<String> exports(String module) {
        var paths = Stream.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1)).map(Path::of)
                .filter(path -> Files.exists(path.resolve("module-info.class"))
                        || path.getFileName().toString().matches("verdant-(hub|green).*\\.jar"))
                .toArray(Path[]::new);
        return ModuleFinder.of(paths).find(module).orElseThrow().descriptor().exports().stream()
                .filter(each -> !each.isQualified())
                .map(ModuleDescriptor.Exports::source).collect(Collectors.toSet());
    }

    @Test
    void everyPackageSaysInASentenceWhichRoomItIs() throws Exception {
        try (var modules = Files.list(Path.of("..").toRealPath())) {
            // Nothing else is looked into: beside this, other modules are built.
            var silent = modules.map(module -> module.resolve("src").resolve("main")).filter(Files::isDirectory)
                    .flatMap(HouseRulesTest::packageInfos).filter(HouseRulesTest::saysNothing).toList();
            assertThat(silent).isEmpty();
        }
    }

    private static Stream<Path> packageInfos(Path folder) {
        try (var files = Files.walk(folder)) {
            return files.filter(file -> file.endsWith("package-info.java")).toList().stream();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static boolean saysNothing(Path file) {
        try {
            return !Files.readString(file).matches("(?s)/\\*\\*\\s+\\* \\S.{20,}?\\..*");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
