package dev.verdant.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.HdrHistogram.Histogram;

/** Pages of many zero bytes, one connection after the other. What is counted are megabytes. */
final class TlsBulk extends TlsLoad {

    private static final int BLOCK = 64 * 1024;

    private final ByteBuffer zeros = ByteBuffer.allocateDirect(BLOCK);
    private final long bytes;
    private long received;

    TlsBulk(InetSocketAddress server, long bytes, long durationNanos) throws IOException {
        super(server, 1, durationNanos);
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 1)");
        }
        this.bytes = bytes;
    }

    @Override
    long count(Histogram latencies) {
        return received / 1_000_000;
    }

    @Override
    ChannelHandler talk(long since) {
        return new Page(since);
    }

    private final class Page extends ChannelInboundHandlerAdapter {

        private final long since;
        private long left = bytes;
        private boolean over;

        Page(long since) {
            this.since = since;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake) {
                if (handshake.isSuccess()) {
                    context.writeAndFlush(Unpooled.copiedBuffer("GET /" + bytes + " HTTP/1.0\r\n\r\n",
                            StandardCharsets.US_ASCII));
                } else {
                    end(context, handshake.cause());
                }
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            try {
                var part = (ByteBuf) message;
                left -= part.readableBytes();
                received += part.readableBytes();
                if (left < 0 || !areZeros(part)) {
                    end(context, new IOException("not the page that was asked for"));
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        private boolean areZeros(ByteBuf part) {
            for (ByteBuffer piece : part.nioBuffers()) {
                while (piece.hasRemaining()) {
                    int length = Math.min(piece.remaining(), BLOCK);
                    if (piece.slice(piece.position(), length).mismatch(zeros.limit(length)) >= 0) {
                        return false;
                    }
                    piece.position(piece.position() + length);
                }
            }
            return true;
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            end(context, new IOException(left + " bytes are missing"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            end(context, cause);
        }

        /** The page is whole, or has failed for this reason. */
        private void end(ChannelHandlerContext context, Throwable why) {
            if (over) {
                return;
            }
            over = true;
            context.close();
            if (left == 0) {
                done(since);
            } else {
                failed(why);
            }
        }
    }
}
