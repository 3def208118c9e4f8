package dev.verdant.conformance.stream;

import dev.verdant.conformance.tls.StreamOptions;
import dev.verdant.green.io.GreenPipe;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.SSLIOStream;
import dev.verdant.green.stream.BaseIOStream;
import dev.verdant.green.stream.Delimiter;
import dev.verdant.green.stream.IOCallback;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.IOStream;
import dev.verdant.green.stream.PipeIOStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A kind of stream, and the form in which it is read. */
record StreamCase(Kind kind, Form form) {

    enum Kind {
        SOCKET, PIPE, TLS_JDK, TLS_BORINGSSL
    }

    enum Form {
        BLOCKING, STAGE, CALLBACK
    }

    /** The forms on sockets; on the other kinds the callbacks, because forms and kinds know nothing of each other. */
    static final class All implements Supplier<Stream<StreamCase>> {

        @Override
        public Stream<StreamCase> get() {
            return Stream.concat(Stream.of(Form.values()).map(form -> new StreamCase(Kind.SOCKET, form)),
                    Stream.of(Kind.PIPE, Kind.TLS_JDK, Kind.TLS_BORINGSSL)
                            .map(kind -> new StreamCase(kind, Form.CALLBACK)));
        }
    }

    /** Two ends: what one writes, the other reads. */
    record Ends(BaseIOStream writer, BaseIOStream reader) implements AutoCloseable {

        @Override
        public void close() {
            writer.close();
            reader.close();
        }
    }

    Ends open() throws IOException {
        return switch (kind) {
            case SOCKET -> connected(IOStream::new, IOStream::new);
            case PIPE -> {
                var pipe = GreenPipe.open();
                yield new Ends(new PipeIOStream(pipe.sink()), new PipeIOStream(pipe.source()));
            }
            case TLS_JDK -> tls(Engine.JDK);
            case TLS_BORINGSSL -> tls(Engine.BORINGSSL);
        };
    }

    private static Ends tls(Engine engine) throws IOException {
        Ends ends = connected(socket -> new SSLIOStream(socket, StreamOptions.client(engine)),
                socket -> new SSLIOStream(socket, StreamOptions.server(engine)));
        ((SSLIOStream) ends.writer).waitForHandshake();
        ((SSLIOStream) ends.reader).waitForHandshake();
        return ends;
    }

    @FunctionalInterface
    private interface Wrap {

        BaseIOStream of(GreenSocket socket) throws IOException;
    }

    private static Ends connected(Wrap client, Wrap server) throws IOException {
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            GreenSocket connected = Net.connect(listener.getLocalSocketAddress());
            return new Ends(client.of(connected), server.of(listener.accept()));
        }
    }

    // ---- the calls in this case's form

    /** A call in each form. */
    private interface Call<T extends @Nullable Object> {

        T wait(BaseIOStream stream) throws IOException;

        CompletionStage<T> stage(BaseIOStream stream);

        void callback(BaseIOStream stream, IOCallback<T> callback) throws IOException;
    }

    private <T extends @Nullable Object> T of(BaseIOStream stream, Call<T> call) throws Exception {
        return switch (form) {
            case BLOCKING -> call.wait(stream);
            case STAGE -> IOLoop.current().runSync(() -> call.stage(stream), null);
            case CALLBACK -> IOLoop.current().runSync(() -> {
                var told = new CompletableFuture<T>();
                call.callback(stream, telling(told));
                return told;
            }, null);
        };
    }

    static <T extends @Nullable Object> IOCallback<T> telling(CompletableFuture<T> told) {
        return new IOCallback<>() {
            @Override
            public void completed(T result) {
                told.complete(result);
            }

            @Override
            public void failed(IOException cause) {
                told.completeExceptionally(cause);
            }
        };
    }

    void write(BaseIOStream stream, byte[] bytes) throws Exception {
        of(stream, new Call<@Nullable Void>() {
            @Override
            public @Nullable Void wait(BaseIOStream on) throws IOException {
                on.write(bytes);
                return null;
            }

            @Override
            public CompletionStage<@Nullable Void> stage(BaseIOStream on) {
                return on.writeAsync(bytes);
            }

            @Override
            public void callback(BaseIOStream on, IOCallback<@Nullable Void> callback) throws IOException {
                on.write(bytes, callback);
            }
        });
    }

    void write(BaseIOStream stream, String text) throws Exception {
        write(stream, text.getBytes(StandardCharsets.UTF_8));
    }

    String readUntil(BaseIOStream stream, String delimiter) throws Exception {
        return text(of(stream, new Call<byte[]>() {
            @Override
            public byte[] wait(BaseIOStream on) throws IOException {
                return on.readUntil(delimiter);
            }

            @Override
            public CompletionStage<byte[]> stage(BaseIOStream on) {
                return on.readUntilAsync(delimiter);
            }

            @Override
            public void callback(BaseIOStream on, IOCallback<byte[]> callback) throws IOException {
                on.readUntil(delimiter, callback);
            }
        }));
    }

    String readUntil(BaseIOStream stream, String delimiter, int max) throws Exception {
        var compiled = Delimiter.of(delimiter);
        return text(of(stream, new Call<byte[]>() {
            @Override
            public byte[] wait(BaseIOStream on) throws IOException {
                return on.readUntil(compiled, max);
            }

            @Override
            public CompletionStage<byte[]> stage(BaseIOStream on) {
                return on.readUntilAsync(compiled, max);
            }

            @Override
            public void callback(BaseIOStream on, IOCallback<byte[]> callback) throws IOException {
                on.readUntil(delimiter, max, callback);
            }
        }));
    }

    String readUntilRegex(BaseIOStream stream, String pattern, int max) throws Exception {
        var compiled = Pattern.compile(pattern);
        return text(of(stream, new Call<byte[]>() {
            @Override
            public byte[] wait(BaseIOStream on) throws IOException {
                return on.readUntilRegex(compiled, max);
            }

            @Override
            public CompletionStage<byte[]> stage(BaseIOStream on) {
                return on.readUntilRegexAsync(compiled, max);
            }

            @Override
            public void callback(BaseIOStream on, IOCallback<byte[]> callback) throws IOException {
                on.readUntilRegex(compiled, max, callback);
            }
        }));
    }

    byte[] readBytes(BaseIOStream stream, int count, boolean partial) throws Exception {
        return of(stream, new Call<byte[]>() {
            @Override
            public byte[] wait(BaseIOStream on) throws IOException {
                return on.readBytes(count, partial);
            }

            @Override
            public CompletionStage<byte[]> stage(BaseIOStream on) {
                return on.readBytesAsync(count, partial);
            }

            @Override
            public void callback(BaseIOStream on, IOCallback<byte[]> callback) throws IOException {
                on.readBytes(count, partial, callback);
            }
        });
    }

    String readText(BaseIOStream stream, int count) throws Exception {
        return text(readBytes(stream, count, false));
    }

    int readInto(BaseIOStream stream, ByteBuffer target, boolean partial) throws Exception {
        return of(stream, new Call<Integer>() {
            @Override
            public Integer wait(BaseIOStream on) throws IOException {
                return on.readInto(target, partial);
            }

            @Override
            public CompletionStage<Integer> stage(BaseIOStream on) {
                return on.readIntoAsync(target, partial);
            }

            @Override
            public void callback(BaseIOStream on, IOCallback<Integer> callback) throws IOException {
                on.readInto(target, partial, callback);
            }
        });
    }

    byte[] readUntilClose(BaseIOStream stream) throws Exception {
        return of(stream, new Call<byte[]>() {
            @Override
            public byte[] wait(BaseIOStream on) throws IOException {
                return on.readUntilClose();
            }

            @Override
            public CompletionStage<byte[]> stage(BaseIOStream on) {
                return on.readUntilCloseAsync();
            }

            @Override
            public void callback(BaseIOStream on, IOCallback<byte[]> callback) throws IOException {
                on.readUntilClose(callback);
            }
        });
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return (kind + ", " + form).toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
}
