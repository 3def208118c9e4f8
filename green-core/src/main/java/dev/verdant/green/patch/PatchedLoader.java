package dev.verdant.green.patch;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.URLConnection;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Loads the classes of one library anew, rewritten; all others, and all resources, are its parent's. The library is what lies in one jar or folder. A class's own
 * loader finds what the class names, so whatever the library loads later, by {@code Class.forName} or otherwise, is loaded here as well.
 */
final class PatchedLoader extends URLClassLoader {

    static {
        registerAsParallelCapable();
    }

    /** Where a jar keeps what is for some version of Java. */
    private static final Pattern VERSION = Pattern.compile("META-INF/versions/[0-9]+/$");

    /** What loops are made of: there is one of each. */
    private static final List<String> SHARED = List.of("java.", "dev.verdant.green.", "dev.verdant.hub.");

    private final ClassLoader parent;
    private final String root;
    private final Rewriter rewriter;

    /** Of the same signers, the same. */
    private final ConcurrentHashMap<List<Certificate>, ProtectionDomain> domains = new ConcurrentHashMap<>();

    PatchedLoader(ClassLoader parent, String root, Rewriter rewriter) {
        super("patched", new URL[0], parent);
        this.parent = parent;
        this.root = root;
        this.rewriter = rewriter;
    }

    /** Tells whether a class is never loaded here. */
    static boolean isShared(String className) {
        return SHARED.stream().anyMatch(className::startsWith);
    }

    /**
     * Returns the jar or folder that a class was found in.
     *
     * @param found where the class is
     * @param path its path there
     */
    static String root(URL found, String path) {
        String url = found.toString();
        int end = url.length();
        for (int slashes = path.split("/", -1).length; slashes > 0; slashes--) {
            end = url.lastIndexOf('/', end - 1); // By number: what is not ASCII is escaped in a URL.
        }
        return VERSION.matcher(url.substring(0, end + 1)).replaceFirst("");
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            if (known == null) {
                known = ofLibrary(name);
            }
            if (known == null) {
                return super.loadClass(name, resolve);
            }
            if (resolve) {
                resolveClass(known);
            }
            return known;
        }
    }

    /** Returns the class if it is one of the library's. */
    private @Nullable Class<?> ofLibrary(String name) throws ClassNotFoundException {
        if (isShared(name)) {
            return null;
        }
        String path = name.replace('.', '/') + ".class";
        URL found = parent.getResource(path);
        if (found == null || !root(found, path).equals(root)) {
            return null;
        }
        try {
            return define(name, found.openConnection());
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private Class<?> define(String name, URLConnection connection) throws IOException {
        byte[] bytes;
        try (InputStream in = connection.getInputStream()) {
            bytes = in.readAllBytes();
        }
        // A jar knows who has signed what when that has been read to its end.
        var jar = connection instanceof JarURLConnection opened ? opened : null;
        Certificate[] signers = jar == null ? null : jar.getCertificates();
        definePackage(name, jar == null ? null : jar.getManifest());
        byte[] used = rewritten(name, bytes);
        return defineClass(name, used, 0, used.length,
                domains.computeIfAbsent(signers == null ? List.of() : List.of(signers), this::domain));
    }

    private byte[] rewritten(String name, byte[] bytes) {
        try {
            byte[] changed = rewriter.rewrite(parent, bytes);
            return changed == null ? bytes : changed;
        } catch (RuntimeException e) {
            throw new LinkageError("The class " + name + " cannot be rewritten: " + e.getMessage(), e);
        }
    }

    private void definePackage(String className, @Nullable Manifest manifest) {
        int dot = className.lastIndexOf('.');
        if (dot < 0 || getDefinedPackage(className.substring(0, dot)) != null) {
            return;
        }
        String name = className.substring(0, dot);
        try {
            var _ = manifest == null
                    ? definePackage(name, null, null, null, null, null, null, null)
                    : definePackage(name, manifest, location());
        } catch (IllegalArgumentException e) {
            // Another thread has just done so.
        }
    }

    private ProtectionDomain domain(List<Certificate> signers) {
        var source = new CodeSource(location(), signers.isEmpty() ? null : signers.toArray(new Certificate[0]));
        return new ProtectionDomain(source, getPermissions(source), this, null);
    }

    /** Of a jar, its file's. */
    private @Nullable URL location() {
        String file = root.startsWith("jar:") && root.endsWith("!/") && root.indexOf("!/") == root.length() - 2
                ? root.substring("jar:".length(), root.length() - 2)
                : root;
        try {
            return URI.create(file).toURL();
        } catch (IllegalArgumentException | MalformedURLException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return "PatchedLoader[" + root + "]";
    }
}
