package dev.verdant.benchmarks.load;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.HdrHistogram.Histogram;

/** Full handshakes and nothing else. A latency is from the beginning of the connect to the handshake's end. */
final class TlsHandshakes extends TlsLoad {

    TlsHandshakes(InetSocketAddress server, int atATime, long durationNanos) throws IOException {
        super(server, atATime, durationNanos);
    }

    @Override
    ChannelHandler talk(long since) {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext context, Object event) {
                if (event instanceof SslHandshakeCompletionEvent handshake) {
                    context.close();
                    if (handshake.isSuccess()) {
                        done(since);
                    } else {
                        failed(handshake.cause());
                    }
                }
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                context.close(); // After the handshake: the server is in no hurry to say goodbye.
            }
        };
    }

    @Override
    long count(Histogram latencies) {
        return latencies.getTotalCount();
    }
}
