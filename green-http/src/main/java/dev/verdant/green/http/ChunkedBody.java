package dev.verdant.green.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A body in chunks, RFC 9112 §7.1, with what the last chunk may be followed by. */
final class ChunkedBody extends RequestBody {

    /*
     * body      = *( size [ extensions ] CR LF data CR LF ) 1*"0" [ extensions ] CR LF trailers
     * size      = 1*16HEXDIG
     * extension = ";" token [ "=" ( token / quoted-string ) ]
     *
     * No blank anywhere, which RFC 9112 lets a recipient read over and attackers hide behind.
     */
    private enum Place {
        SIZE, EXTENSION_NAME, EXTENSION_VALUE, EXTENSION_TOKEN, QUOTED, ESCAPED, QUOTED_END, SIZE_LINE_FEED, //
        DATA, DATA_END, DATA_LINE_FEED, TRAILERS, END
    }

    private static final int MOST_DIGITS = 16;
    private static final int WINDOW = Buffer.SIZE;

    private final Limits limits;

    private Place place = Place.SIZE;
    private long size;
    private int digits;
    private int nameLength;
    private int extension;
    private int extensions;
    private long left;
    private long total;
    private @Nullable FieldParser parser;
    private @Nullable Fields trailers;

    ChunkedBody(Input input, Patience patience, Continue client, Limits limits) {
        super(input, patience, client);
        this.limits = limits;
    }

    @Override
    boolean isWhole() {
        return place == Place.END;
    }

    @Override
    long left() {
        return left;
    }

    /** Returns the trailers, null before the end of the body. */
    @Nullable Fields trailers() {
        return trailers;
    }

    @Override
    int tryRead(byte[] target, int offset, int length) throws IOException {
        while (true) {
            if (place == Place.DATA) {
                int count = input.tryRead(target, offset, (int) Math.min(length, left));
                if (count < 0) {
                    throw cutOff();
                }
                left -= count;
                if (left == 0) {
                    place = Place.DATA_END;
                    boolean _ = advance(); // Who reads exactly the body's bytes has read the body, if its end has come.
                }
                return count;
            }
            if (!advance()) {
                int count = input.tryFill(Math.max(WINDOW, limits.trailerBytes() + 1));
                if (count < 0) {
                    throw cutOff();
                }
                if (count == 0) {
                    return 0;
                }
            } else if (place == Place.END) {
                return -1;
            }
        }
    }

    /** Goes on to data or to the end, as far as bytes are there: returns false if more are needed. */
    private boolean advance() throws HttpFault {
        if (place != Place.TRAILERS) {
            byte[] bytes = input.bytes();
            int from = input.start();
            int end = input.end();
            int i = from;
            while (i < end && place != Place.DATA && place != Place.TRAILERS) {
                step(bytes[i++]);
            }
            input.take(i - from);
        }
        return place == Place.DATA || place == Place.TRAILERS && parseTrailers();
    }

    private void step(byte b) throws HttpFault {
        switch (place) {
            case SIZE -> size(b);
            case EXTENSION_NAME -> {
                count();
                if (Bytes.is(b, Bytes.TOKEN)) {
                    nameLength++;
                } else if (nameLength == 0) {
                    throw HttpFault.bad("a chunk extension without a name");
                } else if (b == '=') {
                    place = Place.EXTENSION_VALUE;
                } else {
                    endExtension(b);
                }
            }
            case EXTENSION_VALUE -> {
                count();
                if (b == '"') {
                    place = Place.QUOTED;
                } else if (Bytes.is(b, Bytes.TOKEN)) {
                    place = Place.EXTENSION_TOKEN;
                } else {
                    throw HttpFault.bad("a chunk extension without a value behind its equals sign");
                }
            }
            case EXTENSION_TOKEN -> {
                count();
                if (!Bytes.is(b, Bytes.TOKEN)) {
                    endExtension(b);
                }
            }
            case QUOTED -> {
                count();
                if (b == '"') {
                    place = Place.QUOTED_END;
                } else if (b == '\\') {
                    place = Place.ESCAPED;
                } else {
                    requireText(b);
                }
            }
            case ESCAPED -> {
                count();
                requireText(b);
                place = Place.QUOTED;
            }
            case QUOTED_END -> {
                count();
                endExtension(b);
            }
            case SIZE_LINE_FEED -> {
                requireLineFeed(b);
                beginChunk();
            }
            case DATA_END -> {
                if (b != Bytes.CR) {
                    throw HttpFault.bad("a chunk that is longer than its size");
                }
                place = Place.DATA_LINE_FEED;
            }
            case DATA_LINE_FEED -> {
                requireLineFeed(b);
                place = Place.SIZE;
                size = 0;
                digits = 0;
            }
            case DATA, TRAILERS, END -> throw new AssertionError("no size line; please report");
        }
    }

    private void size(byte b) throws HttpFault {
        int digit = Bytes.hex(b);
        if (digit >= 0) {
            if (++digits > MOST_DIGITS || size >>> 59 != 0) {
                throw HttpFault.bad("a chunk size that is too large");
            }
            size = size << 4 | digit;
        } else if (digits == 0) {
            throw HttpFault.bad("a chunk without a size");
        } else if (b == Bytes.CR) {
            place = Place.SIZE_LINE_FEED;
        } else if (b == ';') {
            beginExtension();
        } else {
            throw HttpFault.bad("a chunk size that is no number");
        }
    }

    private void beginExtension() throws HttpFault {
        place = Place.EXTENSION_NAME;
        nameLength = 0;
        count();
    }

    private void endExtension(byte b) throws HttpFault {
        if (b == ';') {
            beginExtension();
        } else if (b == Bytes.CR) {
            place = Place.SIZE_LINE_FEED;
        } else {
            throw HttpFault.bad("a chunk extension that is none");
        }
    }

    private void count() throws HttpFault {
        if (++extension > Limits.EXTENSION || ++extensions > Limits.EXTENSIONS) {
            throw HttpFault.bad("too many bytes of chunk extensions");
        }
    }

    private static void requireText(byte b) throws HttpFault {
        if (!Bytes.is(b, Bytes.VALUE)) {
            throw HttpFault.bad("a control character in a chunk extension");
        }
    }

    private static void requireLineFeed(byte b) throws HttpFault {
        if (b != Bytes.LF) {
            throw HttpFault.bad("a carriage return without its line feed");
        }
    }

    private void beginChunk() throws HttpFault {
        extension = 0;
        left = size;
        if (size == 0) {
            place = Place.TRAILERS;
            return;
        }
        if (size > limits.body() - total) {
            throw new HttpFault(413, "a body of more than " + limits.body() + " bytes");
        }
        total += size;
        place = Place.DATA;
    }

    /** Returns true at the end. What has been looked at stays in the window until then. */
    private boolean parseTrailers() throws HttpFault {
        FieldParser fields = parser;
        if (fields == null) {
            fields = new FieldParser(limits.trailerBytes(), limits.headerFields());
            fields.begin(0);
            parser = fields;
        }
        if (!fields.parse(input.bytes(), input.start(), input.end())) {
            return false;
        }
        Fields found = fields.fields(input.bytes(), input.start(), input.start() + fields.end());
        for (int i = 0; i < found.size(); i++) {
            if (Trailers.isForbidden(found.name(i))) {
                throw HttpFault.bad("a trailer that would have had to be a header");
            }
        }
        input.take(fields.end());
        trailers = found;
        place = Place.END;
        return true;
    }

    @Override
    public int available() {
        return place == Place.DATA ? (int) Math.min(left, input.size()) : 0;
    }
}
