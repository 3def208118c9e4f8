package dev.verdant.green.http;

import com.sun.net.httpserver.Headers;
import org.jspecify.annotations.Nullable;

/** Fields as they came, in their order. */
final class Fields {

    private static final int PLACES = 4;

    final byte[] bytes;
    private final int[] places;

    Fields(byte[] bytes, int[] places) {
        this.bytes = bytes;
        this.places = places;
    }

    int size() {
        return places.length / PLACES;
    }

    int nameStart(int field) {
        return places[field * PLACES];
    }

    int nameEnd(int field) {
        return places[field * PLACES + 1];
    }

    int valueStart(int field) {
        return places[field * PLACES + 2];
    }

    int valueEnd(int field) {
        return places[field * PLACES + 3];
    }

    String name(int field) {
        return Bytes.text(bytes, nameStart(field), nameEnd(field));
    }

    String value(int field) {
        return Bytes.text(bytes, valueStart(field), valueEnd(field));
    }

    /** Returns a field's first value, or null. The name is of lower-case letters and hyphens. */
    @Nullable String first(String name) {
        for (int i = 0; i < size(); i++) {
            if (Bytes.equalsIgnoreCase(bytes, nameStart(i), nameEnd(i), name)) {
                return value(i);
            }
        }
        return null;
    }

    /**
     * Returns them as handlers see them. A name with an underscore is left out: what stands behind a server may take it for one with a hyphen, which
     * is how a client would pass off a field that only a proxy may set.
     */
    Headers toHeaders() {
        var headers = new Headers();
        for (int i = 0; i < size(); i++) {
            String name = name(i);
            if (name.indexOf('_') < 0) {
                headers.add(name, value(i));
            }
        }
        return headers;
    }
}
