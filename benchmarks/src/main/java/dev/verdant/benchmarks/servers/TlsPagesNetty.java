package dev.verdant.benchmarks.servers;

import dev.verdant.green.ssl.Engine;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** {@link TlsPages} as a Netty pipeline: one event loop thread, {@code SslHandler}, one handler. */
final class TlsPagesNetty {

    private TlsPagesNetty() {}

    static void serve(InetSocketAddress address, Path certificate, Path key, Engine engine) throws Exception {
        SslContext context = SslContextBuilder.forServer(certificate.toFile(), key.toFile()).protocols("TLSv1.3")
                .sslProvider(engine == Engine.JDK ? SslProvider.JDK : SslProvider.OPENSSL_REFCNT).build();
        var group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        new ServerBootstrap().group(group).channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, TlsPages.BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true).childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(context.newHandler(channel.alloc()), new Answer());
                    }
                }).bind(address).sync().channel().closeFuture().sync();
    }

    private static final class Answer extends ChannelInboundHandlerAdapter {

        private static final ByteBuf BLOCK = Unpooled
                .unreleasableBuffer(Unpooled.directBuffer(TlsPages.BLOCK).writeZero(TlsPages.BLOCK)).asReadOnly();

        private long left = -1;

        @Override
        public void channelRead(ChannelHandlerContext context, Object request) {
            if (left < 0) {
                left = TlsPages.size(((ByteBuf) request).toString(StandardCharsets.US_ASCII));
                send(context);
            }
            ReferenceCountUtil.release(request);
        }

        private void send(ChannelHandlerContext context) {
            while (left > 0 && context.channel().isWritable()) {
                int length = (int) Math.min(left, TlsPages.BLOCK);
                left -= length;
                context.writeAndFlush(BLOCK.retainedSlice(0, length), context.voidPromise());
            }
            if (left == 0) {
                left = -2;
                context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (left > 0) {
                send(context);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
