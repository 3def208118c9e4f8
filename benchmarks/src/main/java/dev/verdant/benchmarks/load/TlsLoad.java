package dev.verdant.benchmarks.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Load over TLS 1.3, by Netty's client on one loop of its own, with BoringSSL where it is to be had. Nothing is checked of the certificate, and no session is
 * ever resumed. Connections run beside each other until the time is up.
 */
abstract class TlsLoad implements Load {

    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final int MOST_ERRORS = 1000;

    private final InetSocketAddress server;
    private final int atATime;
    private final long duration;
    private final SslContext context;
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1,
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    private final CountDownLatch ended = new CountDownLatch(1);

    // The rest is the group's thread's alone until it has ended.

    private final Histogram latencies = new Histogram(LONGEST_NANOS, 3);
    private long end;
    private int open;
    private long errors;
    private @Nullable Throwable firstError;

    TlsLoad(InetSocketAddress server, int atATime, long durationNanos) throws IOException {
        if (atATime < 1) {
            throw new IllegalArgumentException("at a time: " + atATime + " (expected: >= 1)");
        }
        this.server = server;
        this.atATime = atATime;
        this.duration = durationNanos;
        this.context = SslContextBuilder.forClient().protocols("TLSv1.3")
                .trustManager(InsecureTrustManagerFactory.INSTANCE).endpointIdentificationAlgorithm(null)
                .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK).build();
    }

    /** What is done with a connection beyond the handshake. Calls {@link #done} or {@link #failed} once, and closes the channel. */
    abstract ChannelHandler talk(long since);

    /** How many units of what is measured were done. */
    abstract long count(Histogram latencies);

    @Override
    public void open() {
        // Opening is what is measured.
    }

    @Override
    public Figures run() throws IOException {
        long begin = System.nanoTime();
        end = begin + duration;
        group.next().execute(() -> {
            for (int i = 0; i < atATime; i++) {
                open++;
                connect();
            }
        });
        try {
            if (!ended.await(duration + TimeUnit.SECONDS.toNanos(30), TimeUnit.NANOSECONDS)) {
                throw new IOException("no end after 30 s");
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
        var figures = Figures.of(latencies, System.nanoTime() - begin, errors, 0, 0, firstError);
        var values = new java.util.HashMap<>(figures.values());
        values.put("requests", count(latencies));
        return new Figures(values, figures.firstError());
    }

    private void connect() {
        long since = System.nanoTime();
        new Bootstrap().group(group)
                .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true).handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        SslHandler tls = context.newHandler(channel.alloc());
                        channel.pipeline().addLast(tls, talk(since));
                    }
                }).connect(server).addListener(connected -> {
                    if (!connected.isSuccess()) {
                        failed(connected.cause());
                    }
                });
    }

    final void done(long since) {
        latencies.recordValue(Math.clamp(System.nanoTime() - since, 0, LONGEST_NANOS));
        next();
    }

    final void failed(Throwable why) {
        errors++;
        if (firstError == null) {
            firstError = why;
        }
        next();
    }

    private void next() {
        if (System.nanoTime() < end && errors < MOST_ERRORS) {
            connect();
        } else if (--open == 0) {
            ended.countDown();
        }
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        io.netty.util.ReferenceCountUtil.release(context);
    }
}
