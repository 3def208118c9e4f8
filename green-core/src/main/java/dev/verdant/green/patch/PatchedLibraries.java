package dev.verdant.green.patch;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;

/** The loaders of the libraries that were imported patched: one for each library, so that what is imported from it fits together. */
final class PatchedLibraries {

    /** Guarded by the class. A loader that nobody uses any more may go. */
    private static final Map<ClassLoader, Map<Library, WeakReference<PatchedLoader>>> LOADERS = new WeakHashMap<>();

    private record Library(String root, Set<Patch> patches) {}

    private PatchedLibraries() {}

    static Class<?> load(String className, ClassLoader parent, Set<Patch> patches) throws ClassNotFoundException {
        String path = className.replace('.', '/') + ".class";
        URL found = parent.getResource(path);
        if (found == null) {
            throw new ClassNotFoundException(className);
        }
        String root = PatchedLoader.root(found, path);
        if (PatchedLoader.isShared(className) || root.startsWith("jrt:")) {
            throw new IllegalArgumentException("className: " + className
                    + " (expected: a class of a library, and none of the JDK or of Verdant)");
        }
        return Class.forName(className, false, loader(parent, new Library(root, EnumSet.copyOf(patches))));
    }

    private static synchronized PatchedLoader loader(ClassLoader parent, Library library) {
        var loaders = LOADERS.computeIfAbsent(parent, _ -> new HashMap<>());
        loaders.values().removeIf(each -> each.refersTo(null));
        var known = loaders.get(library);
        PatchedLoader loader = known == null ? null : known.get();
        if (loader == null) {
            loader = new PatchedLoader(parent, library.root, new Rewriter(library.patches, true));
            loaders.put(library, new WeakReference<>(loader));
        }
        return loader;
    }
}
