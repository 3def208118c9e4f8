package dev.verdant.green.http;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request's line and fields, and what they say of its body and its connection. */
final class RequestHead {

    /** Fields that say one thing, which two of them would say twice: which one counts is what servers disagree on. */
    private static final String[] SINGLETONS = {"host", "content-length", "transfer-encoding", "content-type",
            "authorization", "proxy-authorization", "content-range", "max-forwards"};

    private static final String[] METHODS = {"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"};

    private static final int HOST = 0;
    private static final int CONTENT_LENGTH = 1;
    private static final int TRANSFER_ENCODING = 2;

    /** Of a number that is still far from the end of a long. */
    private static final int MOST_DIGITS = 18;

    private final Fields fields;
    private final byte[] bytes;
    private final int line;
    private final int methodEnd;
    private final int targetEnd;
    private final boolean isHttp10;

    private @Nullable String method;
    private @Nullable URI uri;

    private long contentLength = -1;
    private boolean chunked;
    private boolean close;
    private boolean keepAlive;
    private boolean upgrade;
    private boolean expectsContinue;
    private boolean expectsTheUnknown;

    /** Which field is Host, or -1. */
    private int hostField = -1;

    RequestHead(Fields fields, int line, int methodEnd, int targetEnd, int minor) {
        this.fields = fields;
        this.bytes = fields.bytes;
        this.line = line;
        this.methodEnd = methodEnd;
        this.targetEnd = targetEnd;
        this.isHttp10 = minor == 0;
    }

    // ---- what the parts say together

    /** Checks it all. Only then the rest may be asked. */
    void check() throws HttpFault {
        int seen = 0;
        int length = -1;
        int coding = -1;
        for (int i = 0; i < fields.size(); i++) {
            int known = known(i);
            if (known >= 0) {
                if ((seen & 1 << known) != 0) {
                    throw HttpFault.bad("two fields of the name " + SINGLETONS[known]);
                }
                seen |= 1 << known;
                switch (known) {
                    case HOST -> hostField = i;
                    case CONTENT_LENGTH -> length = i;
                    case TRANSFER_ENCODING -> coding = i;
                    default -> {
                    }
                }
            } else if (isNamed(i, "connection")) {
                readConnection(i);
            } else if (isNamed(i, "expect")) {
                readExpect(i);
            }
        }
        checkTarget();
        checkHost();
        readFraming(length, coding);
    }

    private boolean isNamed(int field, String name) {
        return Bytes.equalsIgnoreCase(bytes, fields.nameStart(field), fields.nameEnd(field), name);
    }

    private int known(int field) {
        int length = fields.nameEnd(field) - fields.nameStart(field);
        for (int i = 0; i < SINGLETONS.length; i++) {
            if (SINGLETONS[i].length() == length && isNamed(field, SINGLETONS[i])) {
                return i;
            }
        }
        return -1;
    }

    private void readConnection(int field) {
        int end = fields.valueEnd(field);
        for (int from = fields.valueStart(field); from < end;) {
            int to = from;
            while (to < end && bytes[to] != ',') {
                to++;
            }
            int next = to + 1;
            while (from < to && Bytes.isBlank(bytes[from])) {
                from++;
            }
            while (to > from && Bytes.isBlank(bytes[to - 1])) {
                to--;
            }
            close |= Bytes.equalsIgnoreCase(bytes, from, to, "close");
            keepAlive |= Bytes.equalsIgnoreCase(bytes, from, to, "keep-alive");
            upgrade |= Bytes.equalsIgnoreCase(bytes, from, to, "upgrade");
            from = next;
        }
    }

    private void readExpect(int field) {
        if (Bytes.equalsIgnoreCase(bytes, fields.valueStart(field), fields.valueEnd(field), "100-continue")) {
            expectsContinue = true;
        } else {
            expectsTheUnknown = true;
        }
    }

    // ---- the body, RFC 9112 §6

    private void readFraming(int length, int coding) throws HttpFault {
        if (coding >= 0) {
            if (isHttp10) {
                throw HttpFault.bad("Transfer-Encoding in HTTP/1.0");
            }
            if (length >= 0) {
                throw HttpFault.bad("Content-Length and Transfer-Encoding are not allowed together");
            }
            readCoding(fields.value(coding));
        }
        if (length >= 0) {
            contentLength = readLength(fields.valueStart(length), fields.valueEnd(length));
        }
    }

    private long readLength(int from, int to) throws HttpFault {
        int i = from;
        while (i < to - 1 && bytes[i] == '0') {
            i++;
        }
        if (i == to || to - i > MOST_DIGITS) {
            throw HttpFault.bad("a Content-Length that is no length");
        }
        long value = 0;
        for (; i < to; i++) {
            if (!Bytes.isDigit(bytes[i])) {
                throw HttpFault.bad("a Content-Length that is no length");
            }
            value = value * 10 + bytes[i] - '0';
        }
        return value;
    }

    /** Only {@code chunked} is understood. What names more is either not understood (501) or not allowed to (400). */
    private void readCoding(String value) throws HttpFault {
        if (value.equalsIgnoreCase("chunked")) {
            chunked = true;
            return;
        }
        String[] codings = value.split(",", -1);
        for (int i = 0; i < codings.length; i++) {
            String coding = codings[i].strip();
            boolean isLast = i == codings.length - 1;
            if (!Bytes.isToken(coding) || coding.equalsIgnoreCase("chunked") != isLast) {
                throw HttpFault.bad("a Transfer-Encoding that is no list of codings with chunked at its end");
            }
        }
        throw new HttpFault(501, "a transfer coding other than chunked");
    }

    // ---- the target, RFC 9112 §3.2

    private void checkTarget() throws HttpFault {
        int from = methodEnd + 1;
        for (int i = from; i < targetEnd; i++) {
            if (bytes[i] == '%'
                    && (i + 2 >= targetEnd || Bytes.hex(bytes[i + 1]) < 0 || Bytes.hex(bytes[i + 2]) < 0)) {
                throw HttpFault.bad("a percent sign without two hexadecimal digits behind it");
            }
        }
        if (isMethod("CONNECT")) {
            if (!Authority.isHostAndPort(bytes, from, targetEnd)) {
                throw HttpFault.bad("a CONNECT to something other than HOST:PORT");
            }
        } else if (bytes[from] == '/') {
            checkPath(from);
        } else if (targetEnd - from == 1 && bytes[from] == '*') {
            if (!isMethod("OPTIONS")) {
                throw HttpFault.bad("a target that only OPTIONS may have");
            }
        } else {
            checkAbsolute(from);
        }
    }

    private void checkPath(int from) throws HttpFault {
        for (int i = from; i < targetEnd && bytes[i] != '?'; i++) {
            if (bytes[i] == '[' || bytes[i] == ']') {
                throw HttpFault.bad("a path with a bracket");
            }
        }
    }

    private void checkAbsolute(int from) throws HttpFault {
        int authority = authorityStart(from);
        int end = authority < 0 ? targetEnd : authority;
        while (end < targetEnd && bytes[end] != '/' && bytes[end] != '?') {
            end++;
        }
        if (authority < 0 || !Authority.isValid(bytes, authority, end)) {
            throw HttpFault.bad("a target that is neither a path nor the URI of an HTTP resource");
        }
        checkPath(end);
        if (hostField >= 0 && !Bytes.equalIgnoringCase(bytes, authority, end, fields.valueStart(hostField),
                fields.valueEnd(hostField))) {
            throw HttpFault.bad("a target whose host is not that of the Host field");
        }
    }

    /** Returns -1 if no scheme of ours begins there. */
    private int authorityStart(int from) {
        for (String scheme : new String[]{"http://", "https://"}) {
            int to = from + scheme.length();
            if (to <= targetEnd && Bytes.equalsIgnoreCase(bytes, from, to, scheme)) {
                return to;
            }
        }
        return -1;
    }

    private void checkHost() throws HttpFault {
        if (hostField < 0) {
            if (!isHttp10) {
                throw HttpFault.bad("no Host field");
            }
        } else if (!Authority.isValid(bytes, fields.valueStart(hostField), fields.valueEnd(hostField))) {
            throw HttpFault.bad("a Host field that names no host");
        }
    }

    // ---- what it is

    String method() {
        String known = method;
        if (known == null) {
            known = knownMethod();
            method = known;
        }
        return known;
    }

    private String knownMethod() {
        for (String each : METHODS) {
            if (isMethod(each)) {
                return each;
            }
        }
        return Bytes.text(bytes, line, methodEnd);
    }

    /** Tells whether it is a method, by its exact name. */
    boolean isMethod(String name) {
        if (methodEnd - line != name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (bytes[line + i] != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Returns the target as it came. */
    String target() {
        return Bytes.text(bytes, methodEnd + 1, targetEnd);
    }

    /** Returns the request line without its end. */
    String line() {
        return Bytes.text(bytes, line, targetEnd + " HTTP/1.1".length());
    }

    String protocol() {
        return isHttp10 ? "HTTP/1.0" : "HTTP/1.1";
    }

    boolean isHttp10() {
        return isHttp10;
    }

    /**
     * Returns the target as a URI.
     *
     * @throws HttpFault 400 if Java's URI has no such thing, which is a matter of brackets
     */
    URI uri() throws HttpFault {
        URI known = uri;
        if (known == null) {
            String target = target();
            if (target.startsWith("//")) { // By itself Java would take the first segment for a host.
                target = "http://" + Objects.requireNonNullElse(fields.first("host"), "localhost") + target;
            }
            try {
                known = new URI(target);
            } catch (URISyntaxException e) {
                throw HttpFault.bad("a target that is no URI: " + e.getReason());
            }
            uri = known;
        }
        return known;
    }

    /**
     * Checks that there is a URI. One that is a path without brackets always is, and so not parsed before somebody asks for it.
     *
     * @throws HttpFault 400 as {@link #uri()}
     */
    void checkUri() throws HttpFault {
        int from = methodEnd + 1;
        boolean isPath = bytes[from] == '/' && (from + 1 == targetEnd || bytes[from + 1] != '/');
        boolean isAsterisk = bytes[from] == '*' && from + 1 == targetEnd;
        if (isMethod("CONNECT") || isAsterisk || isPath && !hasBracket(from)) {
            return;
        }
        uri();
    }

    private boolean hasBracket(int from) {
        for (int i = from; i < targetEnd; i++) {
            if (bytes[i] == '[' || bytes[i] == ']') {
                return true;
            }
        }
        return false;
    }

    /** Returns the path as it came, without the query. */
    String rawPath() throws HttpFault {
        int from = methodEnd + 1;
        if (bytes[from] != '/') {
            return Objects.requireNonNullElse(uri().getRawPath(), target());
        }
        int to = from;
        while (to < targetEnd && bytes[to] != '?') {
            to++;
        }
        return Bytes.text(bytes, from, to);
    }

    Fields fields() {
        return fields;
    }

    Headers headers() {
        return fields.toHeaders();
    }

    boolean isChunked() {
        return chunked;
    }

    /** Returns how long the body is, 0 if there is none, -1 if it is chunked. */
    long bodyLength() {
        return chunked ? -1 : Math.max(0, contentLength);
    }

    boolean hasBody() {
        return chunked || contentLength > 0;
    }

    /** Tells whether the client waits for a 100 before it sends the body. */
    boolean expectsContinue() {
        return expectsContinue && !isHttp10 && hasBody();
    }

    /** Tells whether the client expects what nobody can meet: anything other than 100-continue. HTTP/1.0 knows no expectations. */
    boolean expectsTheUnknown() {
        return expectsTheUnknown && !isHttp10;
    }

    /** Tells whether the client means to send another request on the connection. */
    boolean wantsKeepAlive() {
        return isHttp10 ? keepAlive && !close : !close;
    }

    /** Tells whether the client has asked in so many words. */
    boolean asksKeepAlive() {
        return keepAlive;
    }

    /** Tells whether the client offers to talk something else from here. */
    boolean offersUpgrade() {
        return upgrade && !isHttp10 && fields.first("upgrade") != null;
    }
}
