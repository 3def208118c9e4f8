package dev.verdant.benchmarks.servers;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/** {@link DatagramEcho} as a bare Netty pipeline: one event loop thread, one handler. */
final class DatagramEchoNetty {

    private DatagramEchoNetty() {}

    /** Serves; flushes after each message, or after all that a turn has brought, which Netty sends with one sendmmsg(2). */
    static void serve(InetSocketAddress address, boolean flushEach) throws InterruptedException {
        var group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        new Bootstrap().group(group).channel(EpollDatagramChannel.class).handler(new Echo(flushEach)).bind(address)
                .sync().channel().closeFuture().sync();
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {

        private final boolean flushEach;

        Echo(boolean flushEach) {
            this.flushEach = flushEach;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            var packet = (DatagramPacket) message; // Its content goes on with the answer.
            context.write(new DatagramPacket(packet.content(), packet.sender()), context.voidPromise());
            if (flushEach) {
                context.flush();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
