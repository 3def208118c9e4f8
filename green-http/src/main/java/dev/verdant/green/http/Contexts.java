package dev.verdant.green.http;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The handlers of a server by the beginning of the path. Any thread. */
final class Contexts {

    /** The longest path first. Never changed, but replaced. */
    private volatile List<Context> all = List.of();

    synchronized Context create(HttpServer server, String path, @Nullable HttpHandler handler) {
        if (path.isEmpty() || path.charAt(0) != '/') {
            throw new IllegalArgumentException("path: " + path + " (expected: one that begins with /)");
        }
        var changed = new ArrayList<>(all);
        if (changed.stream().anyMatch(each -> each.getPath().equals(path))) {
            throw new IllegalArgumentException("path: " + path + " (expected: one that has no context yet)");
        }
        var context = new Context(server, path, handler);
        changed.add(context);
        changed.sort(Comparator.comparingInt((Context each) -> each.getPath().length()).reversed());
        all = List.copyOf(changed);
        return context;
    }

    synchronized void remove(String path) {
        var changed = new ArrayList<>(all);
        if (!changed.removeIf(each -> each.getPath().equals(path))) {
            throw new IllegalArgumentException("path: " + path + " (expected: that of a context)");
        }
        all = List.copyOf(changed);
    }

    /** Returns null if nobody answers there. {@code *} is answered by who answers everything. */
    @Nullable Context find(RequestHead head) throws HttpFault {
        List<Context> known = all;
        if (known.size() == 1 && known.getFirst().getPath().length() == 1) {
            return known.getFirst();
        }
        String path = head.target().equals("*") ? "/" : head.rawPath();
        if (path.indexOf('%') >= 0) {
            path = head.uri().getPath();
        }
        if (path.isEmpty()) {
            path = "/"; // RFC 9110 §4.2.3: the URI of a host has no other.
        }
        for (Context each : known) {
            if (path.startsWith(each.getPath())) {
                return each;
            }
        }
        return null;
    }
}
