package dev.verdant.conformance.patch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Somebody's library: a jar that is compiled from sources as a test needs it. */
final class LibraryJar {

    private static final Pattern NAME = Pattern.compile("(?s)package ([a-z.]+);.*?(?:class|interface) (\\w+)");

    private final Path folder;
    private final List<String> options = new ArrayList<>();
    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private final Manifest manifest = new Manifest();
    private int compilations;

    LibraryJar(Path folder) {
        this.folder = folder;
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    }

    LibraryJar option(String... more) {
        options.addAll(List.of(more));
        return this;
    }

    LibraryJar attribute(String name, String value) {
        manifest.getMainAttributes().putValue(name, value);
        return this;
    }

    LibraryJar resource(String path, String text) {
        entries.put(path, text.getBytes(UTF_8));
        return this;
    }

    LibraryJar classes(String... sources) throws IOException {
        return classesIn("", sources);
    }

    /** Compiles one top-level class for each source, into a folder of the jar. */
    LibraryJar classesIn(String prefix, String... sources) throws IOException {
        Path from = Files.createDirectories(folder.resolve("source" + ++compilations));
        Path to = Files.createDirectories(folder.resolve("classes" + compilations));
        var command = new ArrayList<>(options);
        command.addAll(List.of("-proc:none", "-nowarn", "-d", to.toString()));
        for (String source : sources) {
            var name = NAME.matcher(source);
            if (!name.find()) {
                throw new IllegalArgumentException(source);
            }
            Path package_ = Files.createDirectories(from.resolve(name.group(1).replace('.', '/')));
            command.add(Files.writeString(package_.resolve(name.group(2) + ".java"), source).toString());
        }
        var said = new java.io.ByteArrayOutputStream();
        if (ToolProvider.getSystemJavaCompiler().run(null, said, said, command.toArray(new String[0])) != 0) {
            throw new IllegalArgumentException(said.toString(UTF_8));
        }
        try (Stream<Path> files = Files.walk(to)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                entries.put(prefix + to.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
            }
        }
        return this;
    }

    Path write(String name) throws IOException {
        Path jar = folder.resolve(name);
        try (var out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (var entry : entries.entrySet()) {
                out.putNextEntry(new JarEntry(entry.getKey()));
                out.write(entry.getValue());
                out.closeEntry();
            }
        }
        return jar;
    }
}
